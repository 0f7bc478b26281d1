/* Title, date and the mark that every sheet must carry. */
(function (kepu) {
  'use strict';
  kepu.controls.push(function () {
    const place = kepu.data.place;
    document.title = place.title;
    kepu.known = kepu.data.knownOn ? kepu.text('known_on', {date: kepu.data.knownOn}) : '';
    kepu.byId('title').textContent = place.title;
    const date = function () {
      const now = kepu.state.now.date;
      kepu.byId('as-of').textContent = kepu.text('as_of', {date: kepu.dates.list[now]}) + kepu.known;
      kepu.byId('as-of').classList.toggle('past', now !== kepu.dates.last);
    };
    kepu.state.listen(function (changed) { if (changed.date) date(); });
    date();
    kepu.byId('mark').textContent = place.reviewNumber ? kepu.text('public_number', {number: place.reviewNumber}) : kepu.text('internal');
  });
})(window.kepu);
