#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/radii.hpp>

namespace retrograde::cli {

AttackNorm wanted_norm(const std::string& text) {
  if (text != "linf" && text != "l2")
    throw UsageError(fmt::format(
        "--norm {}: linf (each value by at most the radius) or l2 (the root of the sum of squares) "
        "is needed",
        text));
  return text == "l2" ? AttackNorm::l2 : AttackNorm::linf;
}

std::vector<double> wanted_radii(const std::string& text,
                                 const std::function<double(const std::string& word)>& parse) {
  std::vector<std::string> words;
  boost::split(words, text, [](char c) { return c == ','; });
  std::vector<double> radii{0.0};
  radii.reserve(words.size() + 1);
  for (std::string& word : words) {
    boost::trim(word);
    if (word != "0") radii.push_back(parse(word));
  }
  std::sort(radii.begin(), radii.end());
  radii.erase(std::unique(radii.begin(), radii.end()), radii.end());
  return radii;
}

}  // namespace retrograde::cli
