import init from "./archive.js";

// What a promise was rejected with is not told to the page in every browser; an error is.
init().catch((error) => {
  setTimeout(() => {
    throw error;
  });
});
