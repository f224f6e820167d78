// Numbers of the command line: one way to read them, each flag with its range. Whole numbers are
// digits and nothing else, so that -1, 1e3 and 1.5 are mistakes and not numbers by accident.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace retrograde::cli {

// "retro train: --epochs -1: a whole number from 1 to 4294967295 is needed".
class NumberError : public boost::program_options::error_with_option_name {
 public:
  NumberError(const std::string& value, const std::string& needed)
      : error_with_option_name("%canonical_option% %number%: %needed%") {
    set_substitute("number", value);
    set_substitute("needed", needed + " is needed");
  }
};

// Real numbers between two bounds, which may be values themselves or not.
struct RealRange {
  double low, high;
  bool with_low = true, with_high = true;
};

std::optional<std::uint64_t> parse_whole(const std::string& text);
// Finite ones.
std::optional<double> parse_real(const std::string& text);
std::string range_text(std::uint64_t low, std::uint64_t high);
std::string range_text(const RealRange& range);

// The value of an option, as po::value<T>() but for its range. Default and implicit values are the
// caller's.
template <typename T>
class WholeNumber final : public boost::program_options::typed_value<T> {
 public:
  WholeNumber(T low, T high)
      : boost::program_options::typed_value<T>(nullptr), low_(low), high_(high) {}

  void xparse(boost::any& store, const std::vector<std::string>& words) const override {
    if (words.empty()) return boost::program_options::typed_value<T>::xparse(store, words);
    boost::program_options::validators::check_first_occurrence(store);
    const auto value = parse_whole(words.front());
    if (!value || *value < low_ || *value > high_)
      throw NumberError(words.front(), range_text(low_, high_));
    store = static_cast<T>(*value);
  }

 private:
  T low_, high_;
};

class RealNumber final : public boost::program_options::typed_value<double> {
 public:
  explicit RealNumber(const RealRange& range) : typed_value(nullptr), range_(range) {}
  void xparse(boost::any& store, const std::vector<std::string>& words) const override;

 private:
  RealRange range_;
};

template <typename T>
boost::program_options::typed_value<T>* whole_number(T low,
                                                     T high = std::numeric_limits<T>::max()) {
  return new WholeNumber<T>(low, high);
}
inline boost::program_options::typed_value<double>* real_number(const RealRange& range) {
  return new RealNumber(range);
}

}  // namespace retrograde::cli
