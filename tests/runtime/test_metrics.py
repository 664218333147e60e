"""Figures: two processes' worth of them live side by side, and read as Prometheus expects."""

from runtime.metrics import Metrics


def test_figures_are_counted_by_their_labels() -> None:
    metrics = Metrics()
    metrics.received.labels("wechat", "stored").inc(2)
    metrics.deliveries.labels("sms_aliyun", "throttled").inc()
    assert 'huiliu_messages_received_total{kind="wechat",outcome="stored"} 2.0' in metrics.page().decode()
    assert 'huiliu_deliveries_total{kind="sms_aliyun",result="throttled"} 1.0' in metrics.page().decode()


def test_each_set_of_figures_is_its_own() -> None:
    Metrics().sockets.labels("console").inc()
    assert 'kind="console"' not in Metrics().page().decode()
