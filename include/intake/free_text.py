"""What of a text written by hand names or reaches a person: telephone numbers, addresses, household keys, names.

Numbers and addresses are found surely; of names only those that stand after a word like 联系人 or before a title like
主任. No list of names is kept: a name that stands alone is not found, and the guide asks for none.
"""

from __future__ import annotations

from include.duck import literal
from include.intake.cell_macros import NARROW, WIDE
from include.intake.long_numbers import RUN

_TITLES = (
    "书记|主任|镇长|乡长|村长|县长|局长|科长|主席|支书|队长|老师|医生|同志|先生|女士|大爷|大娘|大叔|大妈|大哥|大姐|大嫂"
)
_SURNAMES = (
    "王李张刘陈杨赵吴徐孙朱胡郭罗郑梁谢宋唐韩冯邓曹彭肖蔡潘袁董苏吕魏蒋杜丁沈姜范傅崔谭陆廖姚邹熊"
    "孟秦邱侯尹薛阎段雷钱汤黎武贺龚"
)
"""The commonest surnames that are no common word."""
_LABELS = "联系人|姓名|户主|电话|手机|微信|负责人"
_OF_A_PERSON = "联系人|姓名|户主|负责人"
_GAP = r"[-.·_/(),、\x{2010}-\x{2015}\x{2212}]*"
"""What may stand between the groups of a telephone number."""
_COUNTRY = rf"(\+|\(\+?)?(0{{0,2}}86)?{_GAP}"
#: 张家村书记 is taken for a person too.
_PATTERNS = (
    rf"(^|[^0-9]){_COUNTRY}1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}([^0-9]|$)",
    rf"(^|[^0-9]){_COUNTRY}0[0-9]{{2,3}}{_GAP}[0-9]{{3,4}}{_GAP}[0-9]{{4}}([^0-9]|$)",
    rf"(\+|00)86{_GAP}[1-9][0-9]{{1,2}}{_GAP}[0-9]{{3,4}}{_GAP}[0-9]{{4}}([^0-9]|$)",
    RUN,
    r"[0-9A-Fa-f]{32,}",
    r"(^|[^0-9])[0-9]{6}-[A-Za-z0-9]",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]",
    r"(微信|QQ|qq)号?[:是为]?[A-Za-z0-9_-]{5,}",
    rf"({_LABELS})(是|为|:)[\x{{4e00}}-\x{{9fff}}A-Za-z0-9]",
    rf"({_OF_A_PERSON})[叫名]?[{_SURNAMES}]",
    rf"[{_SURNAMES}][\x{{4e00}}-\x{{9fff}}]{{0,2}}({_TITLES})",
    r"[\x{4e00}-\x{9fff}]某",
)
_SPACE = r"[\s\x{A0}\x{200B}-\x{200F}\x{2060}\x{FEFF}]+"


def reaches_a_person(text: str) -> str:
    """SQL that is true where a text names or reaches a person; false where it is null.

    Full-width forms are narrowed first. Every pattern is tried twice: with each white space as one blank, so that two
    numbers beside each other stay two, and without any, so that one number written in groups is one.
    """
    narrowed = f"translate({text}, {literal(WIDE)}, {literal(NARROW)})"
    once = f"list_transform([' ', ''], lambda blank: regexp_replace({narrowed}, '{_SPACE}', blank, 'g'))"
    return f"coalesce(list_bool_or(list_transform({once}, lambda t: regexp_matches(t, {literal(_ANY)}))), false)"


_ANY = "|".join(f"({pattern})" for pattern in _PATTERNS)
