// Tags that are longer than a server takes, and values that are no numbers.
import { Counter, Trend } from 'k6/metrics';

const steps = new Counter('steps');
const waits = new Trend('waits');
const odd = new Trend('odd');

export const options = { iterations: 3 };

export default function () {
  for (const letter of ['x', 'ü', '日', '😀']) {
    steps.add(1, { long: letter.repeat(5000), end: letter.repeat(4087) + 'a'.repeat(913) });
    steps.add(1, { long: letter.repeat(5000), end: letter.repeat(4087) + 'b'.repeat(913) });
    waits.add(5, { long: letter.repeat(4096) });
  }
  if (__ENV.ODD) {
    odd.add(Infinity);
    odd.add(1);
  }
}
