// BokehJS makes style elements while it draws. The page's policy lets a style in by its nonce only,
// so each gets it as it is made: nothing needs 'unsafe-inline'.
(() => {
  "use strict";
  const nonce = document.querySelector("style").nonce;
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (name, options) {
    const element = create.call(this, name, options);
    if (String(name).toLowerCase() === "style") element.nonce = nonce;
    return element;
  };
})();
