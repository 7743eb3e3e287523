import unittest

from timespan import parse_span


class ParseSpan(unittest.TestCase):
    def test_adds_up_its_parts(self):
        self.assertEqual(parse_span("1h 30m"), 5400)
        self.assertEqual(parse_span("2h, 5 min 3s"), 7503)

    def test_takes_fractions(self):
        self.assertEqual(parse_span("2.5h"), 9000)

    def test_takes_a_sign(self):
        self.assertEqual(parse_span("-10s"), -10)

    def test_refuses_what_it_does_not_know(self):
        for text in ("", "soon", "1 fortnight", "1h 2h", "5"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_span(text)


if __name__ == "__main__":
    unittest.main()
