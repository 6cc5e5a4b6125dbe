(function () {
  "use strict";
  var tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.appendChild(tip);

  function follow(event) {
    var right = event.clientX > window.innerWidth / 2;
    tip.style.top = event.clientY + 14 + "px";
    tip.style.left = right ? "auto" : event.clientX + 14 + "px";
    tip.style.right = right ? window.innerWidth - event.clientX + 14 + "px" : "auto";
  }

  document.querySelectorAll("svg .hot > *").forEach(function (spot) {
    var title = spot.querySelector("title");
    var text = title.textContent;
    spot.addEventListener("mouseenter", function (event) {
      title.textContent = "";
      tip.textContent = text;
      tip.hidden = false;
      follow(event);
    });
    spot.addEventListener("mousemove", follow);
    spot.addEventListener("mouseleave", function () {
      title.textContent = text;
      tip.hidden = true;
    });
  });

  function value(row, column) {
    var cell = row.cells[column];
    var exact = cell.getAttribute("data-v");
    if (exact === null) {
      return cell.textContent;
    }
    return exact === "" ? -Infinity : Number(exact);
  }

  function sort(table, column, head) {
    var descending = head.getAttribute("aria-sort") === "ascending";
    var rows = Array.from(table.tBodies[0].rows);
    rows.sort(function (a, b) {
      var x = value(a, column);
      var y = value(b, column);
      var order = x < y ? -1 : x > y ? 1 : 0;
      return descending ? -order : order;
    });
    table.querySelectorAll("th").forEach(function (other) {
      other.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    rows.forEach(function (row) {
      table.tBodies[0].appendChild(row);
    });
  }

  document.querySelectorAll("table.sortable").forEach(function (table) {
    table.querySelectorAll("th").forEach(function (head, column) {
      head.tabIndex = 0;
      head.addEventListener("click", function () {
        sort(table, column, head);
      });
      head.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          sort(table, column, head);
        }
      });
    });
  });
})();
