import unittest

from timespan import format_span, parse_span


class FormatSpan(unittest.TestCase):
    def test_writes_the_largest_unit_first(self):
        self.assertEqual(format_span(5400), "1h 30m")
        self.assertEqual(format_span(7503), "2h 5m 3s")

    def test_leaves_out_what_is_zero(self):
        self.assertEqual(format_span(3605), "1h 5s")

    def test_nothing_is_zero_seconds(self):
        self.assertEqual(format_span(0), "0s")

    def test_rounds_to_whole_seconds(self):
        self.assertEqual(format_span(12.4), "12s")

    def test_keeps_the_sign(self):
        self.assertEqual(format_span(-90), "-1m 30s")

    def test_can_be_read_back(self):
        for seconds in (1, 59, 60, 61, 3599, 3600, 86399, 86400, 694861):
            with self.subTest(seconds):
                self.assertEqual(parse_span(format_span(seconds)), seconds)


if __name__ == "__main__":
    unittest.main()
