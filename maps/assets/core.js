/* The shared name space, small DOM helpers and the text catalogue. Data reaches the page only through
   text nodes: there is no innerHTML in this project's scripts. */
window.kepu = (function () {
  'use strict';
  const kepu = {texts: {}, controls: []};

  kepu.text = function (key, values) {
    const pattern = kepu.texts[key];
    if (pattern === undefined) throw new Error('no text ' + key);
    return pattern.replace(/\{(\w+)\}/g, function (whole, name) {
      return values && name in values ? String(values[name]) : whole;
    });
  };

  /* el('button', {class: 'x', onclick: f}, child, 'text'): attributes, listeners and children. */
  kepu.el = function (tag, attributes) {
    const svg = /^(svg|circle|path|g|text|line|rect)$/.test(tag);
    const node = svg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      const value = attributes[name];
      if (value === null || value === undefined || value === false) return;
      if (typeof value === 'function') node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? '' : value);
    });
    for (let i = 2; i < arguments.length; i++) kepu.append(node, arguments[i]);
    return node;
  };

  /* The same text as nodes: the values named in `classes` stand out. */
  kepu.rich = function (key, values, classes) {
    return kepu.texts[key].split(/(\{\w+\})/).map(function (part) {
      const name = part.slice(1, -1);
      if (part[0] !== '{' || !(name in values)) return part;
      return classes[name] && values[name] ? kepu.el('b', {class: classes[name]}, values[name]) : String(values[name]);
    });
  };

  kepu.append = function (node, child) {
    if (child === null || child === undefined || child === false) return node;
    if (Array.isArray(child)) child.forEach(function (one) { kepu.append(node, one); });
    else node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
    return node;
  };

  kepu.fill = function (node) {
    node.textContent = '';
    for (let i = 1; i < arguments.length; i++) kepu.append(node, arguments[i]);
    return node;
  };

  kepu.byId = function (id) { return document.getElementById(id); };

  /* Names are isolated, so that a right-to-left mark in one cannot turn its neighbours round. */
  kepu.name = function (text, className) { return kepu.el('bdi', {class: className || null}, text); };

  kepu.percent = function (part, whole) {
    if (!whole) return '—';
    const share = part / whole;
    const rounded = Math.round(share * 100);
    if (rounded === 100 && part < whole) return '>99%';
    if (rounded === 0 && part > 0) return '<1%';
    return rounded + '%';
  };

  kepu.announce = function (message) { kepu.byId('live').textContent = message; };

  return kepu;
})();
