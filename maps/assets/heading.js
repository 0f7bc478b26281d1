/* Title, date and the mark that every sheet must carry. */
(function (kepu) {
  'use strict';
  kepu.controls.push(function () {
    const place = kepu.data.place;
    document.title = place.title;
    kepu.byId('title').textContent = place.title;
    kepu.byId('as-of').textContent = kepu.text('as_of', {date: kepu.data.asOf});
    kepu.byId('mark').textContent = place.reviewNumber ? kepu.text('public_number', {number: place.reviewNumber}) : kepu.text('internal');
  });
})(window.kepu);
