/* Which task or requirement the whole page is about. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el;

  kepu.controls.push(function () {
    const select = kepu.byId('rule');
    data.tasks.forEach(function (task) {
      const group = el('optgroup', {label: task.no + ' ' + task.title});
      data.views.forEach(function (view) {
        if (view.task === task) group.appendChild(el('option', {value: view.id}, view.title));
      });
      select.appendChild(group);
    });
    select.addEventListener('change', function () { kepu.state.set({rule: select.value}); });
    const follow = function () {
      const view = kepu.state.view();
      select.value = view.id;
      kepu.byId('rule-title').textContent = kepu.text('task_line', {no: view.task.no, title: view.task.title});
    };
    kepu.state.listen(function (changed) { if (changed.rule) follow(); });
    follow();
  });
})(window.kepu);
