/* The margin: what kind of map this is, who made it, from what, as of when. */
(function (kepu) {
  'use strict';
  const el = kepu.el;

  function list(items) { return el('ul', {}, items.map(function (item) { return el('li', {}, kepu.name(item)); })); }

  kepu.controls.push(function () {
    const place = kepu.data.place, marks = [];
    if (place.demo) marks.push(el('b', {class: 'demo'}, kepu.name(place.demo)));
    if (place.schematic) marks.push(kepu.text('schematic'));
    if (place.maker) marks.push([kepu.text('maker', {maker: ''}), kepu.name(place.maker)]);
    kepu.fill(kepu.byId('marks'), marks.map(function (mark) { return el('span', {class: Array.isArray(mark) ? 'maker' : null}, mark); }),
      place.sources.length ? el('span', {class: 'paper'}, kepu.text('sources'), kepu.text('colon'), kepu.name(place.sources.join(kepu.text('semicolon')))) : null);
    kepu.fill(kepu.byId('notes-body'),
      el('h3', {}, kepu.text('how_to_title')), el('p', {}, kepu.text('how_to')), el('p', {}, kepu.text('crs_note')),
      place.maker ? el('p', {}, kepu.text('maker', {maker: ''}), kepu.name(place.maker)) : null,
      place.planTitle ? [el('h3', {}, kepu.text('plan')), el('p', {}, kepu.name(place.planTitle))] : null,
      place.sources.length ? [el('h3', {}, kepu.text('sources')), list(place.sources)] : null,
      place.dates.length ? [el('h3', {}, kepu.text('data_dates')), list(place.dates)] : null);
  });
})(window.kepu);
