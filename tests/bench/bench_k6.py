"""What the output costs k6: iterations a second with it and without it, in turn.

    python -m tests.bench.bench_k6 [--rounds 5] [--seconds 10]

Plain GETs with one check by 20 virtual users against a target that answers at once, k6 and all else on one machine: the
median of the ratios of neighbouring runs is what counts.
"""

import argparse
import json
import subprocess
import tempfile
from os import environ
from pathlib import Path
from statistics import median

from tests.e2e.queries import running_server
from tsdbserver.demo.processes import free_port, running, wait_until_listening

ROOT = Path(__file__).parents[2]
SCRIPT = """
import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: 20, duration: __ENV.SECONDS + 's' };
export default function () {
  check(http.get(__ENV.TARGET, { tags: { name: 'home' } }), { ok: (r) => r.status === 200 });
}
"""


def iterations(folder: Path, target: str, seconds: int, *output: str) -> float:
    """Iterations a second of one run."""
    script, summary = folder / "script.js", folder / "summary.json"
    script.write_text(SCRIPT)
    command: list[str | Path] = [ROOT / "bin" / "k6", "run", "--quiet", "--summary-export", summary, *output, script]
    variables = {**environ, "TARGET": target, "SECONDS": str(seconds)}
    subprocess.run(command, check=True, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return float(json.loads(summary.read_text())["metrics"]["iterations"]["rate"])


def main(rounds: int, seconds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        go = environ.get("GO", "go")
        source = Path(__file__).parent / "target" / "main.go"
        subprocess.run([go, "build", "-o", folder / "target", source], check=True)
        port = free_port()
        address = f"127.0.0.1:{port}"
        with running("target", [str(folder / "target"), address], folder) as child, running_server(folder) as server:
            wait_until_listening(child, port)
            ratios = []
            for number in range(rounds):
                without = iterations(folder, f"http://{address}/", seconds)
                with_it = iterations(folder, f"http://{address}/", seconds, "--out", f"tdigest={server}")
                ratios.append(with_it / without)
                print(f"round {number + 1}: {without:9.0f} without, {with_it:9.0f} with, ratio {ratios[-1]:.3f}")
            print(f"median ratio {median(ratios):.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    main(**vars(parser.parse_args()))
