// Words and numbers in the language of the reader.

const speech = (facts) => {
  let lang = facts.lang;
  const thin = "\u2009";
  const number = (value, digits = 0) => {
    const [whole, rest] = Math.abs(value).toFixed(digits).split(".");
    const mark = lang === "en" ? "," : thin;
    const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, mark) : whole;
    const sign = value < 0 && Number(value.toFixed(digits)) !== 0 ? "\u2212" : "";
    return sign + grouped + (rest ? (lang === "en" ? "." : ",") + rest : "");
  };
  // So many digits that three of them count.
  const sound = (value, unit) => {
    const size = Math.abs(value);
    return number(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3) + "\u00a0" + unit;
  };
  const seconds = (value) => {
    if (value === 0) return "0\u00a0s";
    if (value < 0.0995) return sound(value * 1000, "ms");
    if (value < 99.95) return number(value, value < 9.95 ? 2 : 1) + "\u00a0s";
    const whole = Math.round(value);
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return `${minutes}\u00a0min ${String(whole % 60).padStart(2, "0")}\u00a0s`;
    return `${Math.floor(minutes / 60)}\u00a0h ${String(minutes % 60).padStart(2, "0")}\u00a0min`;
  };
  // A moment beside the whole that it is part of, in its unit.
  const momentOf = (value, whole) => {
    if (whole < 0.0995) return number(value * 1000, whole < 0.00995 ? 2 : 1);
    return whole < 99.95 ? number(value, 2) : seconds(value);
  };
  const say = (key, places = {}) =>
    facts.words[lang][key].replace(/\{(\w+)\}/g, (_all, name) => String(places[name]));
  return {
    say, number, sound, seconds, momentOf,
    get lang() { return lang; },
    set lang(one) { if (facts.words[one]) lang = one; },
  };
};
