// What scrolls inside itself can be reached by the keyboard; the two bars at the sides have names.
for (const one of document.querySelectorAll(".highlight pre, article table, .formula, .graph")) {
  if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
}
document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Contents");
document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
