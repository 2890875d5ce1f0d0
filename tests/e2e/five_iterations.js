import { Counter, Trend } from 'k6/metrics';

const steps = new Counter('steps');
const stepTime = new Trend('step_time', true);

export const options = { vus: 1, iterations: 5 };

export default function () {
  steps.add(2);
  stepTime.add(10 * (__ITER + 1));
}
