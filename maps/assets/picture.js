/* The map as a PNG: both pictures, title, date, legend and marks, drawn afresh on one canvas. */
(function (kepu) {
  'use strict';
  const data = kepu.data;
  const FONT = '"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif';
  const RATIO = 2, HEAD = 84, FOOT = 56, LINE = 15;

  function write(ctx, text, x, y, font, color, align) {
    ctx.font = font + ' ' + FONT; ctx.fillStyle = color; ctx.textAlign = align || 'left'; ctx.textBaseline = 'middle';
    ctx.fillText(text, x, y);
  }

  /* The text in lines of at most this width. */
  function lines(ctx, text, width, font) {
    ctx.font = font + ' ' + FONT;
    return Array.from(text).reduce(function (out, letter) {
      const last = out[out.length - 1] + letter;
      if (ctx.measureText(last).width > width) out.push(letter); else out[out.length - 1] = last;
      return out;
    }, ['']);
  }

  function told(id) { return kepu.byId(id).textContent; }

  /* What is shown: the day, or the two that are compared. */
  function day() {
    const now = kepu.state.now;
    return (now.compare === null ? kepu.text('as_of', {date: kepu.dates.list[now.date]})
      : kepu.text('compare_days', {from: kepu.dates.long(now.compare), to: kepu.dates.long(now.date)})) + kepu.known;
  }

  /* Where two days meet, and which is which. */
  function divide(ctx, x, y, height) {
    const now = kepu.state.now;
    if (now.compare === null) return;
    ctx.fillStyle = data.palette.ink; ctx.fillRect(x - 2, y, 4, height);
    ctx.fillStyle = '#fff'; ctx.fillRect(x - 1, y, 2, height);
    [[now.compare, -1, 'right'], [now.date, 1, 'left']].forEach(function (side) {
      ctx.fillStyle = data.palette.ink; ctx.fillRect(side[1] < 0 ? x - 136 : x + 4, y + 8, 132, 26);
      write(ctx, kepu.dates.long(side[0]), x + side[1] * 12, y + 21, '700 15px', '#fff', side[2]);
    });
  }

  /* The part of a scene's canvas that its map shows. */
  function copy(ctx, scene, x, y, width, height) {
    const map = scene._map, ratio = scene._container.width / scene._bounds.getSize().x;
    const shift = L.DomUtil.getPosition(map.getPane('mapPane')).add(scene._bounds.min);
    ctx.fillStyle = data.palette.ground;
    ctx.fillRect(x, y, width, height);
    ctx.save();
    ctx.beginPath(); ctx.rect(x, y, width, height); ctx.clip();
    ctx.drawImage(scene._container, x + shift.x, y + shift.y, scene._container.width / ratio, scene._container.height / ratio);
    ctx.restore();
  }

  /* The rows of the legend on the page: the same swatches, words and counts. */
  function legend(ctx, x, y) {
    const parts = [];
    Array.from(document.querySelectorAll('#legend-rule section')).forEach(function (section) {
      parts.push({title: section.querySelector('h3').textContent});
      Array.from(section.querySelectorAll('tr')).forEach(function (row) {
        parts.push({swatch: row.querySelector('canvas'), label: row.querySelector('th').textContent, n: row.querySelector('.n').textContent});
      });
    });
    ctx.fillStyle = 'rgba(255,255,255,.95)';
    ctx.fillRect(x, y, 268, parts.length * 24 + 16);
    parts.forEach(function (part, i) {
      const at = y + 20 + i * 24;
      if (part.title) { write(ctx, part.title, x + 12, at, '700 14px', data.palette.ink); return; }
      ctx.drawImage(part.swatch, x + 12, at - 9, 44, 18);
      write(ctx, part.label, x + 64, at, '400 13px', data.palette.ink);
      write(ctx, part.n, x + 256, at, '700 13px', data.palette.ink, 'right');
    });
  }

  function scaleAndNorth(ctx, x, y) {
    const bar = document.querySelector('#map .leaflet-control-scale-line'), width = bar.offsetWidth;
    ctx.strokeStyle = data.palette.ink; ctx.lineWidth = 2; ctx.beginPath();
    ctx.moveTo(x, y - 8); ctx.lineTo(x, y); ctx.lineTo(x + width, y); ctx.lineTo(x + width, y - 8); ctx.stroke();
    write(ctx, bar.textContent, x + 6, y - 10, '400 13px', data.palette.ink);
    ctx.beginPath(); ctx.moveTo(x + 10, y - 66); ctx.lineTo(x + 18, y - 40); ctx.lineTo(x + 10, y - 46); ctx.lineTo(x + 2, y - 40); ctx.closePath();
    ctx.fillStyle = data.palette.ink; ctx.fill();
    write(ctx, kepu.text('north'), x + 10, y - 30, '700 13px', data.palette.ink, 'center');
  }

  kepu.picture = function () {
    const stage = kepu.byId('stage'), width = stage.clientWidth, height = stage.clientHeight;
    const canvas = document.createElement('canvas');
    const ctx = canvas.getContext('2d'), sources = data.place.sources.length ? kepu.text('sources') + kepu.text('colon') + data.place.sources.join(kepu.text('semicolon')) : '';
    const small = sources ? lines(ctx, sources, width - 32, '400 11px') : [], foot = FOOT + small.length * LINE;
    canvas.width = width * RATIO; canvas.height = (height + HEAD + foot) * RATIO;
    const without = data.basemap && kepu.state.now.basemap !== null && kepu.basemap.hold(true);
    kepu.map.grain(RATIO);
    ctx.scale(RATIO, RATIO);
    ctx.fillStyle = '#fff'; ctx.fillRect(0, 0, width, height + HEAD + foot);
    copy(ctx, kepu.map.scene(), 0, HEAD, width, height);
    const box = kepu.byId('inset');
    if (!box.hidden) {
      const inner = kepu.byId('inset-map').getBoundingClientRect(), outer = stage.getBoundingClientRect();
      copy(ctx, kepu.map.insetScene(), inner.left - outer.left, HEAD + inner.top - outer.top, inner.width, inner.height);
      ctx.strokeStyle = data.palette.accent; ctx.lineWidth = 2;
      ctx.strokeRect(inner.left - outer.left, HEAD + inner.top - outer.top, inner.width, inner.height);
      write(ctx, kepu.text('inset_title'), inner.left - outer.left + 8, HEAD + inner.top - outer.top - 12, '700 14px', data.palette.ink);
    }
    kepu.map.grain(null);
    divide(ctx, width * kepu.marks.share(), HEAD, height);
    legend(ctx, 12, HEAD + 12);
    scaleAndNorth(ctx, 296, HEAD + height - 16);
    write(ctx, data.place.title, 16, 26, '700 24px', data.palette.ink);
    write(ctx, day() + '  ' + told('mark'), width - 16, 26, '600 16px', '#8f2410', 'right');
    write(ctx, kepu.taskLine() + ' ' + kepu.state.view().title, 16, 60, '600 17px', data.palette.ink);
    write(ctx, kepu.scopeNote(), width - 16, 60, '600 14px', '#7a4a00', 'right');
    write(ctx, told('sentence'), 16, HEAD + height + 18, '600 15px', data.palette.ink);
    write(ctx, Array.from(kepu.byId('marks').children).filter(function (mark) { return mark.className !== 'paper'; }).map(function (mark) { return mark.textContent; }).join('  |  '), 16, HEAD + height + 42, '400 12px', data.palette.muted);
    small.forEach(function (line, i) { write(ctx, line, 16, HEAD + height + 60 + i * LINE, '400 11px', data.palette.muted); });
    if (without) { kepu.basemap.hold(false); kepu.map.repaint(); kepu.toast(kepu.text('basemap_not_saved')); }
    return canvas;
  };

  kepu.controls.push(function () {
    kepu.byId('picture').addEventListener('click', function () {
      kepu.picture().toBlob(function (blob) {
        const link = document.createElement('a');
        link.href = URL.createObjectURL(blob);
        link.download = data.place.title + '_' + kepu.dates.list[kepu.state.now.date] + '.png';
        link.click();
        setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
      });
    });
  });
})(window.kepu);
