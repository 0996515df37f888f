"""How files spell firms: differently but rightly, or with a slip."""

from random import Random

_TRADITIONAL = str.maketrans("广东江门惠设筑桥团", "廣東江門惠設築橋團")
_HOMOPHONES = str.maketrans("恒宏鸿嘉诚骏伟祥凯铭皓翊璟", "衡弘洪佳成俊玮翔铠明浩翌憬")
_TRADE_STARTS = "恒宏鸿嘉诚骏伟祥凯铭皓翊璟瑞锐卓尚峻隽煜沛朗奕"


def written_differently(name: str, rng: Random) -> str:
    """The same name with labels, notes, spaces or traditional characters."""
    variants = (
        f"单位名称：{name}",
        f"{name}（社保）",
        f"{name}（本部）",
        f" {name[:2]} {name[2:]}",
        name.translate(_TRADITIONAL),
        f"{name}\u200b",
    )
    return rng.choice(variants)


def with_a_slip(name: str, rng: Random) -> str:
    """The name with its trade name misheard, or the first character of that doubled."""
    place = next(index for index, character in enumerate(name) if character in _TRADE_STARTS)
    heard = name[place].translate(_HOMOPHONES)
    if heard != name[place] and rng.random() < 0.6:
        return f"{name[:place]}{heard}{name[place + 1 :]}"
    return f"{name[:place]}{name[place]}{name[place:]}"
