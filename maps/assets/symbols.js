/* Points and hatchings, drawn the same way on the map, in the legend and in the picture that is saved. */
(function (kepu) {
  'use strict';
  const data = kepu.data;
  const TAU = Math.PI * 2;

  function polygon(ctx, points, x, y, r) {
    ctx.beginPath();
    points.forEach(function (p, i) { ctx[i ? 'lineTo' : 'moveTo'](x + p[0] * r, y + p[1] * r); });
    ctx.closePath();
  }

  function paint(ctx, fill, line, width) {
    ctx.fillStyle = fill;
    ctx.fill();
    ctx.strokeStyle = line;
    ctx.lineWidth = width;
    ctx.stroke();
  }

  function star(ctx, corners, inner, x, y, r, style) {
    const points = [];
    for (let i = 0; i < corners * 2; i++) {
      const radius = i % 2 ? inner : 1.35;
      points.push([radius * Math.sin(i * Math.PI / corners), -radius * Math.cos(i * Math.PI / corners)]);
    }
    polygon(ctx, points, x, y, r);
    paint(ctx, style.fill, style.line, 1.2);
  }

  /* A bar under a symbol: a second yes, partly, no or unknown. */
  const BARS = {full: [[-1.2, 1.2]], part: [[-1.2, 0]], none: [[-1.2, -0.4], [0.4, 1.2]], unknown: []};
  function bar(ctx, x, y, r, kind) {
    ctx.strokeStyle = kind === 'none' ? data.palette.states[3].fill : data.palette.ink; ctx.lineWidth = 2.2;
    BARS[kind].forEach(function (part) {
      ctx.beginPath(); ctx.moveTo(x + part[0] * r, y + 1.7 * r); ctx.lineTo(x + part[1] * r, y + 1.7 * r); ctx.stroke();
    });
  }

  /* A character on a symbol, so that its meaning holds without colour: [right, down, size] by shape. */
  const ON = {board: [0, -0.12, 1.5], house: [0, 0.15, 1.6], flag: [-0.25, -0.48, 1.1], person: [0, 0.55, 1.1], triangle: [0, 0.4, 1.3]};
  function character(ctx, shape, x, y, r, style) {
    const at = ON[shape] || [0, 0, 1.5];
    ctx.fillStyle = style.ink || style.line;
    if (style.mark === '–') { ctx.fillRect(x + (at[0] - 0.8) * r, y + (at[1] - 0.25) * r, 1.6 * r, 0.5 * r); return; }
    ctx.font = '700 ' + (at[2] * r).toFixed(1) + 'px sans-serif';
    ctx.textAlign = 'center'; ctx.textBaseline = 'middle'; ctx.fillText(style.mark, x + at[0] * r, y + at[1] * r);
  }

  const GLYPHS = {
    disc: function (ctx, x, y, r, style) {
      ctx.beginPath(); ctx.arc(x, y, r, 0, TAU); paint(ctx, style.fill, style.line, r > 5 ? 1.5 : 1);
    },
    half: function (ctx, x, y, r, style) {
      ctx.beginPath(); ctx.arc(x, y, r, 0, TAU); paint(ctx, '#fff', style.line, r > 5 ? 1.5 : 1);
      ctx.beginPath(); ctx.arc(x, y, r, Math.PI / 2, Math.PI * 1.5); ctx.closePath();
      ctx.fillStyle = style.line; ctx.fill();
    },
    diamond: function (ctx, x, y, r, style) {
      polygon(ctx, [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]], x, y, r);
      ctx.lineJoin = 'round'; ctx.strokeStyle = '#fff'; ctx.lineWidth = r > 4 ? 4 : r > 2.5 ? 2.5 : 1.6; ctx.stroke();
      paint(ctx, style.fill, style.line, 1);
    },
    square: function (ctx, x, y, r, style) {
      polygon(ctx, [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], x, y, r);
      paint(ctx, style.fill, style.line, r > 4 ? 1.8 : 1.2);
      if (r < 5) return;
      ctx.fillStyle = style.line; ctx.font = '700 ' + Math.round(r * 1.7) + 'px sans-serif';
      ctx.textAlign = 'center'; ctx.textBaseline = 'middle'; ctx.fillText('?', x, y + r * 0.1);
    },
    dot: function (ctx, x, y, r, style) {
      ctx.beginPath(); ctx.arc(x, y, Math.max(1.5, r * 0.4), 0, TAU); ctx.fillStyle = style.line; ctx.fill();
    },
    house: function (ctx, x, y, r, style) {
      polygon(ctx, [[0, -1.2], [1.1, -0.2], [1.1, 1], [-1.1, 1], [-1.1, -0.2]], x, y, r);
      paint(ctx, style.fill, style.line, 1.2);
    },
    board: function (ctx, x, y, r, style) {
      ctx.strokeStyle = style.line; ctx.lineWidth = 1.4; ctx.beginPath();
      ctx.moveTo(x - r * 0.7, y + r * 1.2); ctx.lineTo(x - r * 0.7, y); ctx.moveTo(x + r * 0.7, y + r * 1.2);
      ctx.lineTo(x + r * 0.7, y); ctx.stroke();
      polygon(ctx, [[-1.3, -0.9], [1.3, -0.9], [1.3, 0.6], [-1.3, 0.6]], x, y, r);
      paint(ctx, style.fill, style.line, 1.2);
    },
    person: function (ctx, x, y, r, style) {
      ctx.beginPath(); ctx.arc(x, y + r, r, Math.PI, 0); ctx.closePath(); paint(ctx, style.fill, style.line, 1.2);
      ctx.beginPath(); ctx.arc(x, y - r * 0.55, r * 0.58, 0, TAU); paint(ctx, style.fill, style.line, 1.2);
    },
    flag: function (ctx, x, y, r, style) {
      ctx.strokeStyle = style.line; ctx.lineWidth = 1.6; ctx.beginPath();
      ctx.moveTo(x - r * 0.8, y + r * 1.2); ctx.lineTo(x - r * 0.8, y - r * 1.2); ctx.stroke();
      polygon(ctx, [[-0.8, -1.2], [1.2, -0.5], [-0.8, 0.2]], x, y, r);
      paint(ctx, style.fill, style.line, 1.2);
    },
    star: function (ctx, x, y, r, style) { star(ctx, 5, 0.58, x, y, r, style); },
    star4: function (ctx, x, y, r, style) { star(ctx, 4, 0.48, x, y, r, style); },
    star6: function (ctx, x, y, r, style) { star(ctx, 6, 0.72, x, y, r, style); },
    star8: function (ctx, x, y, r, style) { star(ctx, 8, 0.95, x, y, r, style); },
    van: function (ctx, x, y, r, style) {
      polygon(ctx, [[-1.4, -0.9], [0.6, -0.9], [1.4, -0.1], [1.4, 0.6], [-1.4, 0.6]], x, y, r); paint(ctx, style.fill, style.line, 1.2);
      [-0.7, 0.7].forEach(function (at) {
        ctx.beginPath(); ctx.arc(x + at * r, y + 0.7 * r, 0.42 * r, 0, TAU); paint(ctx, '#fff', style.fill, 1.2);
      });
    },
    triangle: function (ctx, x, y, r, style) {
      polygon(ctx, [[0, -1.2], [1.2, 1], [-1.2, 1]], x, y, r); paint(ctx, style.fill, style.line, 1.2);
    },
    cross: function (ctx, x, y, r, style) {
      polygon(ctx, [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2],
        [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]], x, y, r);
      paint(ctx, style.fill, style.line, 1.2);
    },
    hexagon: function (ctx, x, y, r, style) {
      const points = [];
      for (let i = 0; i < 6; i++) points.push([1.15 * Math.sin(i * TAU / 6), -1.15 * Math.cos(i * TAU / 6)]);
      polygon(ctx, points, x, y, r); paint(ctx, style.fill, style.line, 1.2);
    }
  };

  const HATCH = {
    diagonal: function (ctx, n) { ctx.moveTo(-n / 4, n / 4); ctx.lineTo(n / 4, -n / 4); ctx.moveTo(0, n); ctx.lineTo(n, 0);
      ctx.moveTo(n * 0.75, n * 1.25); ctx.lineTo(n * 1.25, n * 0.75); },
    cross: function (ctx, n) { ctx.moveTo(0, 0); ctx.lineTo(n, n); ctx.moveTo(n, 0); ctx.lineTo(0, n); },
    level: function (ctx, n) { ctx.moveTo(0, n / 2); ctx.lineTo(n, n / 2); },
    dots: function (ctx, n) { ctx.moveTo(n / 2 + 0.1, n / 2); ctx.arc(n / 2, n / 2, 0.7, 0, TAU); }
  };

  const patterns = new Map();
  /* A fill style for an area: the plain colour, or a repeated tile with its hatching. */
  function area(ctx, fill, line, hatch, ratio) {
    if (!hatch || hatch === 'none') return fill;
    const key = [fill, line, hatch, ratio].join();
    if (!patterns.has(key)) {
      const size = hatch === 'dots' ? 6 : 8;
      const tile = document.createElement('canvas');
      tile.width = tile.height = size * ratio;
      const pen = tile.getContext('2d');
      pen.scale(ratio, ratio);
      if (fill !== 'none') { pen.fillStyle = fill; pen.fillRect(0, 0, size, size); }
      pen.strokeStyle = line; pen.lineWidth = hatch === 'level' ? 0.5 : 0.9; pen.beginPath(); HATCH[hatch](pen, size); pen.stroke();
      const pattern = ctx.createPattern(tile, 'repeat');
      if (pattern.setTransform) pattern.setTransform(new DOMMatrix().scale(1 / ratio));
      patterns.set(key, pattern);
    }
    return patterns.get(key);
  }

  function point(ctx, glyph, x, y, r, style) {
    GLYPHS[glyph](ctx, x, y, r, style);
    if (style.mark && r >= 4) character(ctx, glyph, x, y, r, style);
    if (style.bar) bar(ctx, x, y, r, style.bar);
  }

  const stamps = new Map();
  /* One symbol at many points [x, y], from a small picture drawn once. Where several stand so close that the
     eye sees one, one is drawn; counts are never taken from the picture. */
  function stamp(ctx, glyph, points, r, style, ratio) {
    const size = Math.round(r * 4) / 4, half = Math.ceil(size * (style.bar ? 2 : 1.5)) + 3;
    const key = glyph + size + style.fill + style.line + (style.bar || '') + (style.mark || '') + ratio;
    let tile = stamps.get(key);
    if (!tile) {
      tile = document.createElement('canvas');
      tile.width = tile.height = half * 2 * ratio;
      const pen = tile.getContext('2d');
      pen.scale(ratio, ratio);
      point(pen, glyph, half, half, size, style);
      stamps.set(key, tile);
    }
    const cell = Math.max(1 / ratio, r / 2), taken = new Set();
    points.forEach(function (p) {
      const at = Math.round(p[0] / cell) * 65536 + Math.round(p[1] / cell);
      if (taken.has(at)) return;
      taken.add(at);
      ctx.drawImage(tile, Math.round((p[0] - half) * ratio) / ratio, Math.round((p[1] - half) * ratio) / ratio, half * 2, half * 2);
    });
  }

  /* How a facility looks: boards by the freshness of their content, yes/no layers by that, the rest plain. */
  function facility(layer, state, variant) {
    const own = data.layers.find(function (one) { return one.name === layer; }).variants[variant];
    const look = plain(layer, state);
    return own ? Object.assign(look, own.look) : look;
  }

  function plain(layer, state) {
    const look = data.palette.facilities.find(function (one) { return one.layer === layer; }) ||
      {shape: 'hexagon', fill: data.palette.ink};
    if (layer === 'boards') { const f = data.palette.freshness[state]; return {shape: look.shape, fill: f.fill, line: f.line, mark: f.mark, ink: /^[!×]$/.test(f.mark) ? '#fff' : f.line}; }
    if (state === 1) return {shape: look.shape, fill: '#fff', line: data.palette.states[3].fill, mark: '×'};
    if (state === 2) return {shape: look.shape, fill: '#fff', line: '#6b7682', mark: '?'};
    return {shape: look.shape, fill: look.fill, line: '#fff'};
  }

  /* A small picture for legends and lists; decorative, the text beside it says the same. */
  function swatch(draw, width, height) {
    const ratio = Math.max(2, window.devicePixelRatio || 1);
    const canvas = kepu.el('canvas', {class: 'swatch', 'aria-hidden': 'true', width: width * ratio, height: height * ratio});
    canvas.style.width = width + 'px';
    canvas.style.height = height + 'px';
    const ctx = canvas.getContext('2d');
    ctx.scale(ratio, ratio);
    draw(ctx, width, height, ratio);
    return canvas;
  }

  kepu.symbols = {
    area: area, point: point, stamp: stamp, facility: facility, swatch: swatch,
    stateSwatch: function (state) {
      const style = data.palette.states[state];
      return swatch(function (ctx, w, h, ratio) {
        ctx.fillStyle = area(ctx, style.area, style.line, style.hatch, ratio);
        ctx.fillRect(0.5, 0.5, 25, h - 1);
        ctx.strokeStyle = style.line; ctx.strokeRect(0.5, 0.5, 25, h - 1);
        point(ctx, style.glyph, w - 8, h / 2, 5.2, style);
      }, 44, 18);
    },
    glyphSwatch: function (state) {
      const style = data.palette.states[state];
      return swatch(function (ctx, w, h) { point(ctx, style.glyph, w / 2, h / 2, 5.5, style); }, 18, 18);
    },
    facilitySwatch: function (layer, state, variant) {
      const look = facility(layer, state, variant);
      return swatch(function (ctx, w, h) { point(ctx, look.shape, w / 2, look.bar ? 8 : h / 2, 6, look); }, 20, 20);
    },
    areaSwatch: function (fill, line, hatch) {
      return swatch(function (ctx, w, h, ratio) {
        ctx.fillStyle = area(ctx, fill, line, hatch, ratio); ctx.fillRect(0.5, 0.5, w - 1, h - 1);
        ctx.strokeStyle = data.palette.line; ctx.strokeRect(0.5, 0.5, w - 1, h - 1);
      }, 44, 18);
    }
  };
})(window.kepu);
