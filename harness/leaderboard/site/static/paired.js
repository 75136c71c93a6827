// Paired comparison of right and wrong answers: the statistics, without the page.
"use strict";
const paired = (() => {
  const Z95 = 1.959963984540054;

  // Bits of base64 text, the first in the highest bit: [item] 0 or 1.
  const unpack = (text, n) => {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    return Uint8Array.from({ length: n }, (_, item) => (bytes[item >> 3] >> (7 - (item & 7))) & 1);
  };

  // How often both, only the first, only the second, or neither is right.
  const count = (first, second) => {
    const cells = [0, 0, 0, 0];
    for (let item = 0; item < first.length; item += 1) cells[2 * !first[item] + !second[item]] += 1;
    const [both, onlyFirst, onlySecond, neither] = cells;
    return { n: first.length, both, onlyFirst, onlySecond, neither };
  };

  const logFactorials = [0];
  const logFactorial = (n) => {
    for (let k = logFactorials.length; k <= n; k += 1) {
      logFactorials.push(logFactorials[k - 1] + Math.log(k));
    }
    return logFactorials[n];
  };

  // Two-sided exact p-value of McNemar's test: binomial with 1/2 over the discordant items.
  const mcnemar = ({ onlyFirst, onlySecond }) => {
    const n = onlyFirst + onlySecond;
    let tail = 0;
    for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k += 1) {
      tail += Math.exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k) - n * Math.LN2);
    }
    return Math.min(1, 2 * tail);
  };

  // Difference of the shares, and the variance of Agresti and Min (2005, Statistics in Medicine
  // 24): Wald's after half an item is added to each of the four cells.
  const difference = ({ n, onlyFirst, onlySecond }) => {
    const [size, b, c] = [n + 2, onlyFirst + 0.5, onlySecond + 0.5];
    return {
      value: (onlyFirst - onlySecond) / n,
      centre: (b - c) / size,
      variance: (b + c - (b - c) ** 2 / size) / size ** 2,
    };
  };
  const interval = ({ centre, variance }) => {
    const half = Z95 * Math.sqrt(variance);
    return [Math.max(-1, centre - half), Math.min(1, centre + half)];
  };

  // Weighted mean of independent differences.
  const mean = (parts, weights) => ({
    value: parts.reduce((sum, part, k) => sum + weights[k] * part.value, 0),
    centre: parts.reduce((sum, part, k) => sum + weights[k] * part.centre, 0),
    variance: parts.reduce((sum, part, k) => sum + weights[k] ** 2 * part.variance, 0),
  });

  // Holm's step-down adjustment, in the order of the p-values that are given.
  const holm = (values) => {
    const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
    const adjusted = [];
    let least = 0;
    order.forEach((k, rank) => {
      least = Math.max(least, Math.min(1, (values.length - rank) * values[k]));
      adjusted[k] = least;
    });
    return adjusted;
  };

  return { unpack, count, mcnemar, difference, interval, mean, holm };
})();
