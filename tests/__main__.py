"""All checks in one command: `python -m tests` (everything) or `python -m tests --fast` (without what starts real systems).

`python -m tests --real` runs what needs systems that others wrote (Tryton, Vendure): the first time it installs them into the user's
cache, which takes minutes.
"""

import subprocess
import sys
import time

CODE = ["gateway", "schema", "resolvers", "adapters", "tests", "benchmarks"]
STAGES: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", *CODE],
    "lint": ["ruff", "check", *CODE],
    "types": ["mypy"],
    "imports": ["importlinter.cli", "lint"],
    "spelling": ["codespell_lib", "README.md", "docs", *CODE],
    "tests": ["pytest", "-n", "2", "--dist", "loadfile", "-m", "not real"],
}
FAST = ["-m", "not scenario and not real"]
REAL = ["pytest", "-m", "real"]


def run(name: str, command: list[str]) -> tuple[bool, float]:
    """Run one stage; return whether it passed and its seconds."""
    print(f"--- {name}", flush=True)
    started = time.monotonic()
    module = [sys.executable, "-m", *command]
    if name == "imports":
        module = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]
    passed = subprocess.run(module, check=False).returncode == 0
    return passed, time.monotonic() - started


def main(arguments: list[str]) -> int:
    stages = dict(STAGES)
    if "--fast" in arguments:
        stages = {"tests": [*STAGES["tests"], *FAST]}
    elif "--real" in arguments:
        stages = {"tests": REAL}
    results = {name: run(name, command) for name, command in stages.items()}
    for name, (passed, seconds) in results.items():
        print(f"{name:10} {'passed' if passed else 'FAILED':8} {seconds / 60:6.1f} min")
    return 0 if all(passed for passed, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
