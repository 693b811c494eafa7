import init from "./MODULE.js";

const start = async () => {
  // What did not come in one piece lies in a cache of the page's.
  const module_or_path =
    location.hash === "#pieced"
      ? await caches.match(new URL("./MODULE_bg.wasm", import.meta.url))
      : undefined;
  await init({ module_or_path });
};

// What a promise was rejected with is not told to the page in every browser; an error is.
start().catch((error) => {
  setTimeout(() => {
    throw error;
  });
});
