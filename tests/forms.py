"""A form as a browser without scripts would send it, read from the page that it stands on."""

from html.parser import HTMLParser

VOID = frozenset({"input", "meta", "link", "br", "img", "hr"})


class FormReader(HTMLParser):
    """Collects what one form holds; what stands in a disabled fieldset is not sent."""

    def __init__(self, form: str) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, str] = {}
        self.wrong: list[str] = []
        self.buttons: list[str] = []
        self._form = form
        self._inside = False
        self._fieldsets: list[bool] = []
        self._select = self._first = ""
        self._chosen: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = said.get("id") == self._form
        if tag == "fieldset":
            self._fieldsets.append("disabled" in said)
        if not self._inside or any(self._fieldsets):
            return
        if "aria-invalid" in said:
            self.wrong.append(said["name"])
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "input" and name and (said.get("type") != "checkbox" or "checked" in said):
            self.fields[name] = value
        elif tag == "button":
            self.buttons.append(value)
        elif tag == "select":
            self._select, self._first, self._chosen = name, "", None
        elif tag == "option" and self._select:
            self._first = self._first or value
            self._chosen = value if "selected" in said else self._chosen
        elif tag == "textarea":
            self._area, self.fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "fieldset":
            self._fieldsets.pop()
        elif tag == "select" and self._select:
            self.fields[self._select] = self._first if self._chosen is None else self._chosen
            self._select = ""
        elif tag == "textarea" and self._area is not None:
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = None


def read_form(html: str, form: str = "editor") -> FormReader:
    """Return what a form of the page holds, which of its inputs are marked as wrong, and its buttons."""
    reader = FormReader(form)
    reader.feed(html)
    return reader
