(function () {
  var page = document.documentElement, asked = /[?&]lang=(zh|en)\b/.exec(location.search), kept = null;
  try { kept = localStorage.getItem("board-language"); } catch (error) { /* a browser that keeps nothing for files */ }
  var known = kept === "zh" || kept === "en" ? kept : null;
  var language = (asked && asked[1]) || known || (/^zh/i.test(navigator.language || "zh") ? "zh" : "en");
  function show(chosen) {
    language = chosen;
    page.dataset.show = chosen;
    page.lang = chosen === "zh" ? "zh-CN" : "en";
    document.querySelectorAll("[data-language]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
    });
    // A browser may keep nothing between files: the choice goes along in the address too.
    document.querySelectorAll("a[data-page]").forEach(function (link) {
      var parts = link.dataset.page.split("#");
      link.setAttribute("href", parts[0] + "?lang=" + chosen + (parts[1] ? "#" + parts[1] : ""));
    });
  }
  show(language);
  document.addEventListener("DOMContentLoaded", function () {
    show(language);
    document.querySelectorAll("[data-language]").forEach(function (button) {
      button.addEventListener("click", function () {
        try { localStorage.setItem("board-language", button.dataset.language); } catch (error) { /* as above */ }
        show(button.dataset.language);
      });
    });
    document.querySelectorAll("input[data-filter]").forEach(function (input) {
      input.addEventListener("input", function () {
        var wanted = input.value.trim().toLowerCase();
        document.querySelectorAll(input.dataset.filter).forEach(function (item) {
          item.hidden = wanted !== "" && item.textContent.toLowerCase().indexOf(wanted) < 0;
        });
      });
    });
  });
})();
