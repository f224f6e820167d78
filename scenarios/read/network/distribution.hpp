// Distributions that weights, delays and parameters of neurons are drawn from:
//
//   uniform           low, high              (low + high) / 2        (high - low)^2 / 12
//   normal            mean, std              mean                    std^2
//   truncated_normal  mean, std, low, high   a normal one whose draws outside are drawn again
//   lognormal         median, sigma          median e^(sigma^2 / 2)  mean^2 (e^(sigma^2) - 1)
//   exponential       mean                   mean                    mean^2
//   gamma             shape, scale           shape scale             shape scale^2
//   constant          value                  value                   0
//
// with their means and variances. Draws of those that know no ends are moved to the nearest bound.
#pragma once

#include <optional>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// A time with its unit, or a plain number.
double read_value(const TomlValue& value, bool is_time, const Range& range);

class Distribution {
 public:
  enum class Kind { uniform, normal, truncated_normal, lognormal, exponential, gamma, constant };

  // Draws are moved into `clip`; ends and constants have to lie within `range`, and what scales a
  // distribution of one sign has to have the sign that this allows. Throws ScenarioError.
  Distribution(const TomlValue& value, bool is_time, const Range& range, const Range& clip);

  double draw(Random& random) const;
  // Whether each draw takes one number of the stream, from between low and high.
  bool uniform() const { return kind_ == Kind::uniform; }
  double low() const { return first_; }  // of a uniform one
  double high() const { return second_; }
  std::optional<double> constant() const {
    return kind_ == Kind::constant ? std::optional(first_) : std::nullopt;
  }

 private:
  void read_ends(TomlTable& table, bool is_time, const Range& range);
  void read_truncated(TomlTable& table, bool is_time, const Range& range);

  Kind kind_ = Kind::uniform;
  Range clip_;
  Range kept_;                     // of a truncated normal one
  double first_ = 0, second_ = 0;  // as named above: low and high, mean and std, ...
};

}  // namespace retrograde
