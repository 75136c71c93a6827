// Two rows on the same items: the statistics, without the page. They are those of
// `mceval8k compare` (harness/metrics/comparison.py), draw by draw.
"use strict";
const paired = (() => {
  const DRAWS = 2000;
  const MIN_GROUPS = 10;

  // Bits of base64 text, the first in the highest bit: [item] 0 or 1.
  const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const unpack = (text, n) => {
    const bytes = bytesOf(text);
    return Uint8Array.from({ length: n }, (_, item) => (bytes[item >> 3] >> (7 - (item & 7))) & 1);
  };
  const numbers = (text, n) =>
    text ? new Uint32Array(bytesOf(text).buffer) : Uint32Array.from({ length: n }, (_, item) => item);

  // Wellons' lowbias32.
  const hashed = (counter) => {
    let x = counter >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return (x ^ (x >>> 16)) >>> 0;
  };

  // What a task contributes: counts, sums and sizes by group, and both drawn by groups.
  const measure = (first, second, groups, seed) => {
    const count = groups.reduce((most, group) => Math.max(most, group + 1), 0);
    const [sums, sizes] = [new Float64Array(count), new Float64Array(count)];
    let [onlyFirst, onlySecond, right] = [0, 0, 0];
    first.forEach((isRight, item) => {
      sums[groups[item]] += isRight - second[item];
      sizes[groups[item]] += 1;
      right += isRight;
      if (isRight > second[item]) onlyFirst += 1;
      if (isRight < second[item]) onlySecond += 1;
    });
    const start = Math.imul(seed, 2654435769);
    const [drawnSums, drawnSizes] = [new Float64Array(DRAWS), new Float64Array(DRAWS)];
    for (let draw = 0; draw < DRAWS; draw += 1) {
      let [sum, size] = [0, 0];
      for (let slot = 0; slot < count; slot += 1) {
        const group = Math.floor((hashed((draw * count + slot + start) | 0) * count) / 4294967296);
        sum += sums[group];
        size += sizes[group];
      }
      drawnSums[draw] = sum;
      drawnSizes[draw] = size;
    }
    const n = first.length;
    const accuracies = [right / n, (right - onlyFirst + onlySecond) / n];
    return { n, accuracies, onlyFirst, onlySecond, sums, drawnSums, drawnSizes, bounded: count >= MIN_GROUPS };
  };

  const logFactorials = [0];
  const logFactorial = (n) => {
    for (let k = logFactorials.length; k <= n; k += 1) {
      logFactorials.push(logFactorials[k - 1] + Math.log(k));
    }
    return logFactorials[n];
  };

  // Exact two-sided p of sums by group, each of which could as well have had the other sign.
  const signChanges = (lists) => {
    const counts = new Map();
    let total = 0;
    for (const sums of lists) {
      for (const sum of sums) {
        total += sum;
        if (sum) counts.set(Math.abs(sum), (counts.get(Math.abs(sum)) || 0) + 1);
      }
    }
    let law = new Float64Array([1]);
    for (const [size, count] of [...counts].sort((a, b) => a[0] - b[0])) {
      const next = new Float64Array(law.length + 2 * size * count);
      for (let k = 0; k <= count; k += 1) {
        const p = Math.exp(logFactorial(count) - logFactorial(k) - logFactorial(count - k) - count * Math.LN2);
        for (let at = 0; at < law.length; at += 1) next[at + 2 * size * k] += p * law[at];
      }
      law = next;
    }
    const middle = (law.length - 1) / 2;
    let p = 0;
    law.forEach((share, at) => {
      if (Math.abs(at - middle) >= Math.abs(total)) p += share;
    });
    return Math.min(1, p);
  };

  // Complementary error function; relative error below 1.2e-7 (Press et al., Numerical Recipes).
  const erfc = (x) => {
    const t = 1 / (1 + 0.5 * x);
    const c = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
    return t * Math.exp(-x * x + c.reduceRight((sum, each) => sum * t + each, 0));
  };

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

  const quantile = (sorted, share) => {
    const place = share * (sorted.length - 1);
    const low = Math.floor(place);
    const high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
  };
  // As `percentile_interval`: draws that are all alike do not tell how far the value may lie.
  const interval = (draws) => {
    const sorted = Float64Array.from(draws).sort();
    if (sorted[sorted.length - 1] - sorted[0] <= 1e-12) return null;
    return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
  };

  const sum = (list) => list.reduce((total, each) => total + each, 0);
  const line = (name, level, parts, accuracies, draws, p) => ({
    name,
    level,
    n: sum(parts.map((part) => part.n)),
    accuracies,
    difference: accuracies[0] - accuracies[1],
    bounds: parts.every((part) => part.bounded) ? interval(draws) : null,
    onlyFirst: sum(parts.map((part) => part.onlyFirst)),
    onlySecond: sum(parts.map((part) => part.onlySecond)),
    p,
  });
  const mean = (name, level, parts, weights, offset = 0) => {
    const accuracies = [0, 1].map((k) => sum(parts.map((part, t) => weights[t] * part.accuracies[k])) - offset);
    const draws = new Float64Array(DRAWS);
    let variance = 0;
    parts.forEach((part, t) => {
      part.drawnSums.forEach((drawn, draw) => (draws[draw] += (weights[t] * drawn) / part.drawnSizes[draw]));
      variance += (weights[t] / part.n) ** 2 * part.sums.reduce((total, each) => total + each * each, 0);
    });
    const p = variance ? erfc(Math.abs(accuracies[0] - accuracies[1]) / Math.sqrt(2 * variance)) : 1;
    return line(name, level, parts, accuracies, draws, p);
  };
  const micro = (parts) => {
    const n = sum(parts.map((part) => part.n));
    const accuracies = [0, 1].map((k) => sum(parts.map((part) => part.accuracies[k] * part.n)) / n);
    const draws = Float64Array.from({ length: DRAWS }, (_, draw) =>
      sum(parts.map((part) => part.drawnSums[draw])) / sum(parts.map((part) => part.drawnSizes[draw])),
    );
    return line("micro", "average", parts, accuracies, draws, signChanges(parts.map((part) => part.sums)));
  };

  // tasks: [{name, genre, chance, seed, first, second, groups}]. Averages, genres, then tasks.
  const compare = (tasks) => {
    const parts = tasks.map(({ first, second, groups, seed }) => measure(first, second, groups, seed));
    const genres = [...new Set(tasks.map(({ genre }) => genre))];
    const members = (genre) => tasks.flatMap((task, t) => (task.genre === genre ? [t] : []));
    const macro = tasks.map(({ genre }) => 1 / genres.length / members(genre).length);
    const corrected = tasks.map(({ chance }, t) => macro[t] / (1 - chance));
    const offset = sum(tasks.map(({ chance }, t) => corrected[t] * chance));
    const p = parts.map((part) => signChanges([part.sums]));
    const adjusted = holm(p);
    return [
      mean("chance_corrected", "average", parts, corrected, offset),
      mean("genre_macro", "average", parts, macro),
      micro(parts),
      ...genres.map((genre) => {
        const own = members(genre);
        return mean(genre, "genre", own.map((t) => parts[t]), own.map(() => 1 / own.length));
      }),
      ...tasks.map(({ name }, t) => {
        const part = parts[t];
        const draws = part.drawnSums.map((drawn, draw) => drawn / part.drawnSizes[draw]);
        return { ...line(name, "task", [part], part.accuracies, draws, p[t]), pHolm: adjusted[t] };
      }),
    ];
  };

  return { unpack, numbers, hashed, compare, signChanges, holm, erfc };
})();
