// Runs before the first paint: theme, colours of gain and loss, and privacy, as lib/preferences.ts stored them.
(() => {
  const read = (name) => {
    try {
      const stored = JSON.parse(localStorage.getItem(`fs.${name}`));
      return stored && stored.v === 1 ? stored.d : undefined;
    } catch {
      return undefined;
    }
  };
  const one = (value, choices) => (choices.includes(value) ? value : choices[0]);
  const root = document.documentElement;
  const theme = one(read('theme'), ['system', 'light', 'dark']);
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  root.dataset.palette = one(read('palette'), ['blue-orange', 'red-green', 'east-asian']);
  root.dataset.privacy = one(read('privacy'), ['show', 'hide', 'scramble']);
  document.querySelector('meta[name=theme-color]').content = dark ? '#0b1220' : '#f6f8fa';
})();
