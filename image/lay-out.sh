#!/bin/sh
# Lays the overlay of the image out in a folder.
#
#   lay-out.sh TARGET CURRENT PINNED
#
# CURRENT and PINNED are releases of Codex: versions, which npm fetches, or folders that npm has filled already.
# The overlay can be used where it was made, by any user: TARGET/bin/entrypoint.
#
# X1_PYTHON  Python that the overlay will use (default: python3)
# X1_PIP     how to call pip (default: that Python's)
# X1_NODE    Node to take along (default: the one on the PATH)
# X1_GH      GitHub CLI to take along (default: the one on the PATH, if there is one)
set -eu

[ $# -eq 3 ] || { echo "usage: lay-out.sh TARGET CURRENT PINNED" >&2; exit 2; }
source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=$1
python=${X1_PYTHON:-python3}
node=${X1_NODE:-$(command -v node)}
gh=${X1_GH:-$(command -v gh || true)}

mkdir -p "$target/bin" "$target/etc" "$target/libexec" "$target/runtime/bin"

"$python" -m venv --without-pip "$target/app"
# shellcheck disable=SC2086  # X1_PIP is a command with its arguments
${X1_PIP:-$python -m pip} --python "$target/app/bin/python" install --quiet --no-cache-dir "$source"

cp -L "$node" "$target/runtime/bin/node"

release() {
    place=$target/runtime/$1
    mkdir -p "$place"
    if [ -d "$2/node_modules" ]; then
        cp -a "$2/node_modules" "$place/"
    else
        npm install --prefix "$place" --no-audit --no-fund --no-save --ignore-scripts "@openai/codex@$2"
    fi
    # Early packages come without the mode.
    find "$place/node_modules/@openai" -type f -name 'codex*' -exec chmod a+rx {} +
}
release current "$2"
release pinned "$3"

for program in entrypoint gh git-credential-x1; do
    cp "$source/image/$program" "$target/bin/$program"
    chmod 755 "$target/bin/$program"
done
cp "$source/image/credential.py" "$target/libexec/credential.py"
[ -z "$gh" ] || cp -L "$gh" "$target/libexec/gh-real"
printf '[safe]\n\tdirectory = *\n[credential]\n\thelper = %s\n' "$target/bin/git-credential-x1" > "$target/etc/gitconfig"
chmod -R a+rX "$target"
