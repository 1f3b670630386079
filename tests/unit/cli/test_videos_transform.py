"""The transform, against the examples of GJSON's own documentation."""

from sweeps import for_all

from vitascope.cli.videos.transform import NOTHING, transform

DATA = {
    "name": {"first": "Tom", "last": "Anderson"},
    "age": 37,
    "children": ["Sara", "Alex", "Jack"],
    "fav.movie": "Deer Hunter",
    "friends": [
        {"first": "Dale", "last": "Murphy", "age": 44, "nets": ["ig", "fb", "tw"]},
        {"first": "Roger", "last": "Craig", "age": 68, "nets": ["fb", "tw"]},
        {"first": "Jane", "last": "Murphy", "age": 47, "nets": ["ig", "tw"]},
    ],
    "nothing": None,
    "no": False,
}


@for_all(
    ("path", "found"),
    [
        ("name.last", "Anderson"),
        ("age", 37),
        ("children.1", "Alex"),
        ("children.7", NOTHING),
        ("children.first", NOTHING),
        ("age.x", NOTHING),
        ("nothing", None),
        ("nothing.x", NOTHING),
        ("", NOTHING),
        ("fav\\.movie", "Deer Hunter"),
        ("child*.2", "Jack"),
        ("c?ildren.0", "Sara"),
        ("zzz*", NOTHING),
        ("children.#", 3),
        ("children|#", 3),
        ("friends.#.first", ["Dale", "Roger", "Jane"]),
        ("friends.#.nope", []),
        ("friends.1.last", "Craig"),
        ("friends.#.nets.0", ["ig", "fb", "ig"]),
        ("friends.#.nets|0", ["ig", "fb", "tw"]),
        ("friends.#.first|#", 3),
        ("friends|1|first", "Roger"),
        ('friends.#(last=="Murphy").first', "Dale"),
        ('friends.#(last=="Murphy")#.first', ["Dale", "Jane"]),
        ('friends.#(last=="Murphy")#|#', 2),
        ('friends.#(last=="Nobody").first', NOTHING),
        ('friends.#(last=="Nobody")#', []),
        ("friends.#(age>45)#.last", ["Craig", "Murphy"]),
        ("friends.#(age<=44).first", "Dale"),
        ('friends.#(first%"D*").last', "Murphy"),
        ('friends.#(first!%"D*").last', "Craig"),
        ("friends.#(age!=44)#.first", ["Roger", "Jane"]),
        ('friends.#(age=="44")#', []),
        ("friends.#(nets)#.age", [44, 68, 47]),
        ("children.#(==Alex)", "Alex"),
        ("{age,no}", {"age": 37, "no": False}),
        ('{name.first,"years":age,nope}', {"first": "Tom", "years": 37}),
        ("{children.#,x:age}", {"_": 3, "x": 37}),
        ("[age,name.first,nope]", [37, "Tom"]),
        ("friends.#.{first,age}|0", {"first": "Dale", "age": 44}),
        ("name.{last}", {"last": "Anderson"}),
        ("{a:{b:age}}.a.b", 37),
        ('{age,"kind":!"person"}', {"age": 37, "kind": "person"}),
        ("children.@reverse", ["Jack", "Alex", "Sara"]),
        ("children|@reverse|0", "Jack"),
        ("name.@reverse.@keys", ["last", "first"]),
        ("name|@values", ["Tom", "Anderson"]),
        ("friends.#.nets|@flatten|#", 7),
        ("name|@ugly", DATA["name"]),
        ("name|@pretty|@this|@valid|first", "Tom"),
        ("children|@tostr", '["Sara","Alex","Jack"]'),
        ("children|@tostr|@fromstr|0", "Sara"),
        ("name.@unknown", NOTHING),
    ],
)
def test_paths(path, found):
    assert transform(DATA, path) == found


def test_modifiers_of_other_kinds_of_data():
    assert transform(7, "@reverse") == 7
    assert transform(7, "@flatten") == 7
    assert transform(7, "@keys") == []
    assert transform(7, "@values") == [7]
    assert transform(7, "@fromstr") is NOTHING
    assert transform([1], "@keys") == [None]
    assert transform({"a": "x"}, "#.a") is NOTHING


def test_keys_may_have_brackets():
    assert transform({"a[b]c": 1}, "a[b]*") == 1
