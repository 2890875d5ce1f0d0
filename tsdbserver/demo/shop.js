// Three kinds of customers and all four kinds of k6 metrics.
//
// Environment: BASE, the shop's URL; DURATION, such as 30s; LINE, near or far: how this generator reaches the shop.
import http from 'k6/http';
import { check, sleep } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const { BASE, DURATION, LINE } = __ENV;

const checkoutTime = new Trend('checkout_time', true);
const checkoutInTime = new Rate('checkout_in_time');
const itemsSold = new Counter('items_sold');
const basketSize = new Gauge('basket_size');

export const options = {
  scenarios: {
    browse: {
      executor: 'constant-arrival-rate', exec: 'browse',
      rate: 60, timeUnit: '1s', duration: DURATION, preAllocatedVUs: 20, maxVUs: 100,
    },
    search: { executor: 'constant-vus', exec: 'search', vus: 4, duration: DURATION },
    checkout: { executor: 'constant-vus', exec: 'checkout', vus: 6, duration: DURATION },
  },
  summaryTrendStats: ['count', 'min', 'med', 'avg', 'p(90)', 'p(95)', 'p(99)', 'max'],
  // Nothing is demanded; named here, each scenario gets its own line in k6's summary.
  thresholds: {
    'http_req_duration{scenario:browse}': [],
    'http_req_duration{scenario:search}': [],
    'http_req_duration{scenario:checkout}': [],
  },
};

function visit(method, page) {
  const response = http.request(method, `${BASE}/${page}`, null, { headers: { 'X-Line': LINE } });
  check(response, { 'shop answers': (r) => r.status === 200 });
  return response;
}

export function browse() {
  visit('GET', 'browse');
}

export function search() {
  visit('GET', 'search');
  sleep(0.05);
}

export function checkout() {
  const basket = 1 + (__ITER % 5);
  basketSize.add(basket);
  const response = visit('POST', 'checkout');
  checkoutTime.add(response.timings.duration);
  checkoutInTime.add(response.timings.duration < 300);
  itemsSold.add(basket);
  sleep(0.1);
}
