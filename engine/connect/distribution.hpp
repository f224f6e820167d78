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
// with their means and variances. Draws of those that know no ends are moved to the nearest bound, where
// there is one.
#pragma once

#include <limits>
#include <optional>

#include <retrograde/events/random.hpp>

namespace retrograde {

class Distribution {
 public:
  enum class Kind { uniform, normal, truncated_normal, lognormal, exponential, gamma, constant };
  // Numbers from low to high, which may be excluded.
  struct Bounds {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool low_open = false, high_open = false;

    bool contains(double x) const {
      return (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high);
    }
  };

  // All throw NetworkError, which says what a number may be, for one that cannot be.
  static Distribution uniform(double low, double high);
  static Distribution normal(double mean, double std);
  static Distribution truncated_normal(double mean, double std, const Bounds& kept);
  static Distribution truncated_normal(double mean, double std, double low, double high) {
    return truncated_normal(mean, std, Bounds{low, high});
  }
  static Distribution lognormal(double median, double sigma);
  static Distribution exponential(double mean);
  static Distribution gamma(double shape, double scale);
  static Distribution constant(double value);

  // The same, with draws moved into [low, high]; not those of a uniform or a constant one.
  Distribution within(double low, double high) const;

  double draw(Random& random) const;
  Kind kind() const { return kind_; }
  // Whether each draw takes one number of the stream, from between low and high.
  bool is_uniform() const { return kind_ == Kind::uniform; }
  double low() const { return first_; }  // of a uniform one
  double high() const { return second_; }
  std::optional<double> constant() const {
    return kind_ == Kind::constant ? std::optional(first_) : std::nullopt;
  }

  static constexpr double largest_sigma = 10.0, largest_shape = 1e6, smallest_shape = 1e-3;
  // Of the draws of a normal distribution, what truncation has to keep at least: the others cost time.
  static constexpr double least_kept = 1e-3;
  // Of all draws of a normal distribution with that mean and deviation, those within.
  static double share_within(double mean, double std, const Bounds& kept);

 private:
  Distribution(Kind kind, double first, double second)
      : kind_(kind), first_(first), second_(second) {}

  Kind kind_;
  double first_, second_;  // as named above: low and high, mean and std, ...
  Bounds clip_, kept_;     // kept_ of a truncated normal one
};

}  // namespace retrograde
