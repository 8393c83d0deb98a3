import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


class OutsideVerifier:
    """Whoever got a file and has Python, but neither Odoo nor us."""

    def _unpack(self, content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def _repack(self, documents):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in documents.items():
                archive.writestr(name, content)
        return stream.getvalue()

    def _verify_outside(self, content, *options):
        """Run the program of the file on it, in a Python that has no Odoo.

        :return: the exit code and what was said
        """
        with tempfile.TemporaryDirectory() as folder:
            path, program = Path(folder, "file.zip"), Path(folder, "verify.py")
            path.write_bytes(content)
            program.write_bytes(self.program)
            done = subprocess.run(
                [sys.executable, "-I", str(program), str(path), *options],
                capture_output=True,
                encoding="utf-8",
                check=False,
                cwd=folder,
                timeout=60,
            )
        self.assertFalse(done.stderr)
        return done.returncode, done.stdout

    def assertRefused(self, documents, word=""):
        code, said = self._verify_outside(self._repack(documents))
        self.assertEqual(code, 1, said)
        self.assertIn("REFUSED", said)
        self.assertIn(word, said)

    def _flip(self, content, at):
        """The same document but for one bit of one byte."""
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

    def _seal_again(self, documents, **files):
        """What a forger does who knows the list: digests and seal are made anew."""
        manifest = json.loads(documents["manifest.json"])
        for one in manifest["files"]:
            content = files.get(one["path"], documents[one["path"]])
            one["bytes"] = len(content)
            one["sha256"] = hashlib.sha256(content).hexdigest()
        manifest.pop("seal")
        text = json.dumps(manifest, ensure_ascii=False, indent=2)
        manifest["seal"] = hashlib.sha256(text.encode()).hexdigest()
        text = json.dumps(manifest, ensure_ascii=False, indent=2)
        return {**documents, **files, "manifest.json": text.encode()}
