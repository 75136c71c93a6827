from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["mceval8k", "mceval8k.statistics"])
def test_import_is_light(module):
    heavy = "{'scipy', 'numpy'}" if module == "mceval8k" else "{'scipy'}"
    code = f"import sys, {module}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
