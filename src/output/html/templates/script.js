(function () {
  "use strict";
  var words = document.getElementById("content").dataset;
  var page = document.documentElement.lang;
  var collator = new Intl.Collator(page, { numeric: true });
  function say(text, values) {
    return values.reduce(function (said, value, place) { return said.replace("{" + place + "}", value); }, text);
  }
  function key(row, place) {
    var cell = row.cells[place];
    var value = cell.getAttribute("data-v");
    return value === null ? cell.textContent : value;
  }
  function compare(one, other) {
    var number = /^-?[0-9]+(\.[0-9]+)?$/;
    if (number.test(one) ? number.test(other) : false) { return parseFloat(one) - parseFloat(other); }
    return collator.compare(one, other);
  }
  document.querySelectorAll("table[data-name]").forEach(function (table) {
    var body = table.tBodies[0];
    var rows = Array.from(body.rows);
    if (3 > rows.length) { return; }
    var scroll = table.parentNode;
    var status = document.createElement("p");
    status.className = "status";
    status.setAttribute("role", "status");
    scroll.after(status);
    var heads = Array.from(table.tHead.rows[0].cells);
    function shown() { return rows.filter(function (row) { return !row.hidden; }).length; }
    heads.forEach(function (head, place) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.title = words.sort;
      head.textContent = "";
      head.append(button);
      button.addEventListener("click", function () {
        var numbers = head.classList.contains("n");
        var was = head.getAttribute("aria-sort");
        var down = was === null ? numbers : was === "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        rows.sort(function (one, other) {
          var order = compare(key(one, place), key(other, place));
          return down ? -order : order;
        });
        body.append.apply(body, rows);
        status.textContent = say(down ? words.descending : words.ascending, [shown(), button.textContent]);
      });
    });
    if (11 > rows.length) { return; }
    var label = document.createElement("label");
    var input = document.createElement("input");
    input.type = "search";
    input.id = table.dataset.name + "-f";
    label.htmlFor = input.id;
    label.textContent = words.filter;
    var line = document.createElement("div");
    line.className = "filter";
    line.append(label, input);
    scroll.before(line);
    function fold(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
    input.addEventListener("input", function () {
      var wanted = fold(input.value);
      rows.forEach(function (row) { row.hidden = fold(row.textContent).indexOf(wanted) === -1; });
      status.textContent = say(words.shown, [shown(), rows.length]);
    });
  });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (details) { details.open = true; });
  });
}());
