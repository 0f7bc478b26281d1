"""Descriptions: what people write where a yes or no is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.words.descriptions import affirms, doubtful

THERE = """
有 · √ · 3 · 投影仪2台 · 电脑、展板 · 空调、投影仪 · 科普图书角 · 一体机 · 86寸一体机
展板（2×3米） · 4K电视、音响 · 规划馆展板 · 城市规划展板2块 · 计划生育宣传展板 · 无线话筒 · 无人机2架
无线投影仪、无影灯 · 未来教室 · 未成年人科普展板 · 模拟驾驶舱 · 虚拟现实设备 · 不锈钢宣传栏 · 不少于2台
航空模型 · 待机正常的投影仪 · 故障诊断仪 · 投影仪正常 · 正在使用 · 有投影仪，无电脑 · 有投影仪但无电脑
无设备，有展板 · 没有投影仪，有电脑 · 展板，无投影仪 · 展板5块，暂无投影仪 · 展板2块，无其他设备
投影仪0台、电脑2台 · 没有投影仪，电脑2台 · 电脑√，投影仪× · 投影仪坏了，电脑能用 · 投影仪 2台
计划购买投影仪1台，已有电脑2台 · 投影仪2台，1台能用 · 张某 · 副镇长 · 张某（副镇长） · 阿不都某
阿不力孜某、马某 · 退休教师张某 · notebook · blackboard
"""
LACKING = """
无 · 没有 · 0 · - · / · × · 否 · 暂无 · 无设备 · 无投影仪 · 没有投影仪 · 没有投影仪和电脑
没有任何设备 · 没有无人机 · 投影仪0台 · 投影仪：0 · 0台 · 零台 · 投影仪0台、电脑0台 · 未安装 · 未配备
暂未配备 · 尚未配备设备 · 没配 · 没装 · 投影仪未安装 · 投影仪没有配备 · 投影仪：无 · 投影仪 无
投影仪暂无 · 设备均无 · 投影仪、电脑均无 · 投影仪、电脑都没有 · 投影仪无，电脑无 · 投影仪×，电脑×
尚缺 · 暂缺 · 缺投影仪 · 缺少投影仪 · 目前没有设备 · 本村无设备 · 无分管领导 · 暂无人员 · 无专人
无，没有设备 · （无）
"""
IN_DOUBT = """
坏了 · 破损 · 已损坏 · 投影仪坏了 · 投影仪2台坏了 · 投影仪2台（1台损坏） · 2台投影仪，1台坏了
投影仪1台，坏了 · 投影仪2台，均损坏 · 投影仪1台，但已损坏 · 投影仪2台、电脑1台（均已损坏）
现有投影仪2台，全部损坏 · 投影仪、电脑坏了 · 电脑、投影仪均已损坏 · 电脑 投影仪无 · 全部损坏，有投影仪2台
不全 · 设备不全 · 投影仪不能用 · 无法使用 · 无法使用投影仪 · 投影仪停用 · 已拆除 · 待修 · 投影仪老化
没有投影仪、电脑 · 没有投影仪，电脑，展板 · 本站没有投影仪、电脑 · 缺少投影仪1台、电脑2台
缺：投影仪2台、电脑1台 · 计划购买投影仪1台、电脑2台 · 拟购投影仪、电脑 · 拟建 · 在建 · 筹建中 · 规划中
已列入规划 · 计划购买 · 有计划 · 明年配备 · 有待配备 · 急需投影仪 · 无，计划购买 · 有，但未安装
有，坏了 · 待定 · 未定 · 不详 · ? · 投影仪？ · 可能有 · 是/否 · 有/无 · 有无 · □有☑无 · 同上
见备注 · n/a · 。 · … · -3 · 无变化 · 没有问题 · 无损坏 · 没有损坏 · 投影仪无故障 · 屏幕无信号
空 · 空缺 · 待任命 · 张某（已调离） · 暂由书记代管
除投影仪外均无 · 投影仪被借走 · 设备欠缺 · 不适用 · no projector
"""


def phrases(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.replace("\n", " · ").split(" · ") if phrase.strip()]


@pytest.mark.parametrize("text", phrases(THERE))
def test_what_is_there(text: str) -> None:
    assert affirms(text) is True


@pytest.mark.parametrize("text", phrases(LACKING))
def test_what_is_lacking(text: str) -> None:
    assert affirms(text) is False


@pytest.mark.parametrize("text", phrases(IN_DOUBT))
def test_what_is_left_to_the_sender(text: str) -> None:
    assert affirms(text) is None


def test_words_that_deny_or_put_off_are_told_from_names_and_things() -> None:
    for text in phrases("张某 · 阿不都某 · 空调 · 规划馆展板 · 无线话筒 · 投影仪2台"):
        assert not doubtful(text), text
    for text in phrases("没有 · 待定 · 在建 · 张某（待定） · 缺1人 · 。"):
        assert doubtful(text), text


NOUNS = st.sampled_from(["投影仪", "电脑", "设备", "空调", "展板", "无人机", "规划展板", "沙盘", ""])
BEFORE = st.sampled_from(["无", "没有", "缺", "缺少", "暂无", "尚未配备", "未安装", "计划购买", "拟购", "急需", "待购"])
AFTER = st.sampled_from(
    ["无", "没有", "暂缺", "0台", "坏了", "已损坏", "未安装", "不全", "不能用", "待定", "规划中", "？"]
)
DENIALS = st.one_of(
    st.tuples(BEFORE, NOUNS).map("".join),
    st.tuples(NOUNS, st.sampled_from(["", "均", "都", "目前", "："]), AFTER).map("".join),
    st.tuples(NOUNS, st.sampled_from(["（", " ("]), AFTER, st.just("）")).map("".join),
)
JOINTS = st.sampled_from(["、", "，", "；", "。", "\n", "，但", " "])


@given(st.lists(st.tuples(DENIALS, JOINTS), min_size=1, max_size=4))
def test_a_text_that_only_denies_is_never_a_yes(parts: list[tuple[str, str]]) -> None:
    assert affirms("".join(item + joint for item, joint in parts)) is not True


COUNTED = st.tuples(st.sampled_from(["投影仪", "电脑"]), st.sampled_from(["1台", "两台", "3套", ""])).map("".join)


@given(st.lists(COUNTED, min_size=1, max_size=3), st.sampled_from(["、", "，"]), BEFORE, AFTER)
def test_a_denial_reaches_its_whole_list(listed: list[str], joint: str, before: str, after: str) -> None:
    """缺投影仪、电脑2台; 投影仪2台、电脑1台, 均损坏: none of them is known to be there."""
    text = joint.join(listed)
    assert affirms(f"{text}，均{after}") is not True
    assert affirms(f"{text}，{after}") is not True
    if before not in ("无", "没有", "暂无", "尚未配备", "未安装"):  # after these a number may tell of another thing
        assert affirms(f"{before}{text}") is not True


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text: str) -> None:
    assert affirms(text) in (True, False, None)
