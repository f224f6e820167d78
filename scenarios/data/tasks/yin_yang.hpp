// The Yin-Yang data set: points in the unit square, inside a circle that is divided like the symbol
// into yin (0), yang (1) and the two dots (2). Too hard for a linear classifier, easy for one
// hidden layer, and free of any download: the published sets are generated here, bit for bit, from
// their seeds.
//
// Reference: Kriener, Goeltz, Petrovici, "The Yin-Yang dataset", arXiv:2102.08211. The published
// generator draws from NumPy's legacy RandomState, which is reproduced here: a 32-bit Mersenne
// Twister; a uniform double takes two words (27 + 26 bits); an integer below 3 takes the low two
// bits of a word and draws again on 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/encoding.hpp>

namespace retrograde {

struct YinYangPoint {
  double x, y;  // in [0, 1], inside the circle of radius 1/2 around (1/2, 1/2)
  std::uint8_t label;
};

// Class of a point inside the circle: 0 yin, 1 yang, 2 dot.
std::uint8_t yin_yang_class(double x, double y);

// `size` points: draw a class, then points until one inside the circle has it, so that classes are
// balanced.
std::vector<YinYangPoint> yin_yang(std::size_t size, std::uint32_t seed);

// Sizes and seeds of the published sets.
struct YinYangParts {
  std::size_t train = 5000, validation = 1000, test = 1000;
  std::uint32_t train_seed = 42, validation_seed = 41, test_seed = 40;
};

// Four features per point, (x, y, 1 - x, 1 - y), latency coded; with encoding.bias_time a fifth
// input. Throws ScenarioError for an encoding that cannot be.
Dataset load_yin_yang(const LatencyEncoding& encoding, const YinYangParts& parts = {});

// kind = "yin_yang" of [data].
DataKind yin_yang_kind();

}  // namespace retrograde
