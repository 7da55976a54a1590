"""runner.py against the lines whose fate in the real runner is known."""

import json
import pathlib
import unittest

import runner

VECTORS = pathlib.Path(__file__).parents[1] / "data" / "workflow-commands.json"


class Runner(unittest.TestCase):
    def test_obeys_what_the_runner_obeys(self):
        # The others need the comparison rules of a culture, which the scenarios do not.
        vectors = [v for v in json.loads(VECTORS.read_text()) if v["line"].isascii() and "\0" not in v["line"]]
        self.assertGreater(len(vectors), 30)
        for vector in vectors:
            with self.subTest(vector["line"]):
                self.assertEqual(bool(runner.commands(vector["line"])), vector["runner_executes"])


if __name__ == "__main__":
    unittest.main()
