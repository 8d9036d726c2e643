/* The admin keeps its theme in the browser: an error's page follows it. */
"use strict";

(() => {
  const chosen = (localStorage.getItem("adminTheme") || "").replaceAll('"', "");
  const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", isDark);
})();
