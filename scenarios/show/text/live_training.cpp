#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <string_view>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/live_training.hpp>
#include <retrograde/scenarios/show/text/training_lines.hpp>

namespace retrograde {

namespace {

// Eighths of a cell, from the left and from below; ASCII has halves and four heights.
constexpr std::array<std::string_view, 9> columns = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::array<std::string_view, 8> heights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 3> ascii_columns = {" ", "-", "="};
constexpr std::array<std::string_view, 4> ascii_heights = {"_", ".", "-", "^"};

// What stands to the right of a bar, and how wide it may be.
constexpr std::size_t text_columns = 48;
constexpr std::size_t narrowest = 6, widest = 40;

template <typename Cells>
std::string filled(const Cells& cells, double share, std::size_t width) {
  const double parts = static_cast<double>(cells.size() - 1);
  auto left = static_cast<std::size_t>(std::lround(share * parts * static_cast<double>(width)));
  std::string text;
  for (std::size_t k = 0; k < width; ++k) {
    const std::size_t part = std::min(left, cells.size() - 1);
    text += cells[part];
    left -= part;
  }
  return text;
}

// Means over stretches of like length, as many as there is room for.
std::vector<double> condensed(const std::vector<double>& values, std::size_t width) {
  if (values.size() <= width) return values;
  std::vector<double> means;
  for (std::size_t k = 0; k < width; ++k) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = k * values.size() / width; i < (k + 1) * values.size() / width; ++i)
      if (std::isfinite(values[i])) {
        sum += values[i];
        ++count;
      }
    means.push_back(count > 0 ? sum / static_cast<double>(count)
                              : std::numeric_limits<double>::quiet_NaN());
  }
  return means;
}

// Where a value lies between the lowest and the highest, in [0, 1].
class Height {
 public:
  explicit Height(const std::vector<double>& values) {
    for (const double v : values)
      if (std::isfinite(v)) {
        low_ = std::min(low_, v);
        high_ = std::max(high_, v);
      }
    log_ = low_ > 0 && high_ > 20 * low_;
  }
  double operator()(double value) const {
    if (!(high_ > low_)) return 0.5;
    return log_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  }

 private:
  double low_ = INFINITY, high_ = -INFINITY;
  bool log_ = false;
};

std::string colored(const std::string& text, const char* code, const Terminal& terminal) {
  return terminal.color ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

// One line: a name, what is drawn, and what it says in words.
struct Row {
  std::string name, drawn;
  const char* color;
  std::string text;
};

// All of them below each other, as wide as the terminal allows.
std::vector<std::string> in_lines(const std::vector<Row>& rows, std::size_t width,
                                  std::size_t names, const Terminal& terminal) {
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    const std::string after_name(names + 2 - columns_of(row.name), ' '),
        after_drawn(width + 2 - std::min(width, columns_of(row.drawn)), ' ');
    lines.push_back(row.name + after_name + colored(row.drawn, row.color, terminal) + after_drawn +
                    row.text);
  }
  return lines;
}

std::string share_text(double share, double seconds_left) {
  return fmt::format("{:3.0f} %  {} left", 100 * share, duration_text(seconds_left));
}

}  // namespace

std::string bar(double share, std::size_t width, bool utf8) {
  share = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  return utf8 ? filled(columns, share, width) : filled(ascii_columns, share, width);
}

std::string sparkline(const std::vector<double>& values, std::size_t width, bool utf8) {
  const std::vector<double> shown = condensed(values, width);
  const Height height(shown);
  std::string text;
  const auto level = [](double h, std::size_t count) {
    return std::min(static_cast<std::size_t>(h * static_cast<double>(count)), count - 1);
  };
  for (const double v : shown) {
    if (!std::isfinite(v))
      text += ' ';
    else if (utf8)
      text += heights[level(height(v), heights.size())];
    else
      text += ascii_heights[level(height(v), ascii_heights.size())];
  }
  return text;
}

void LiveTraining::begin(const CourseStart& start) {
  *this = {};
  what_ = start.what;
  epochs_ = start.epochs;
  validated_ = start.validated;
  history_ = start.history;
}

void LiveTraining::add(const EpochReport& report) {
  history_.push_back(report.metrics);
  const EpochMetrics& m = report.metrics;
  last_ = activity_text(m.spikes_per_neuron, m.silent_neurons, report.silent, m.grazing) +
          fmt::format("  {} deliveries/s forward, {} backward", short_number(m.forward_rate),
                      short_number(m.backward_rate));
  seconds_left_ = report.seconds_left;
}

// "0.0423 training, 0.0512 validation"
std::string LiveTraining::values_text(const EpochProgress* now) const {
  if (history_.empty()) return now ? fmt::format("{:.4f} so far", now->loss) : "";
  const EpochMetrics& m = history_.back();
  std::string text = fmt::format("{:.4f} training", m.train_loss);
  return validated_ ? text + fmt::format(", {:.4f} validation", m.validation_loss) : text;
}

std::optional<double> LiveTraining::judged(const EpochMetrics& m) const {
  return validated_ ? m.validation_accuracy : m.train_accuracy;
}

// "97.20 % validation, best 97.60 % in epoch 9"; empty: there are no labels.
std::string LiveTraining::accuracy_text(const EpochProgress* now) const {
  if (history_.empty())
    return now && now->accuracy ? fmt::format("{} so far", percent_text(now->accuracy)) : "";
  if (!judged(history_.back())) return "";
  // Of equal accuracies the smaller loss, as the course chooses (run/course.cpp).
  const auto loss_of = [&](const EpochMetrics& m) {
    return validated_ ? m.validation_loss : m.train_loss;
  };
  const auto best = std::max_element(
      history_.begin(), history_.end(), [&](const EpochMetrics& a, const EpochMetrics& b) {
        return std::pair(judged(a), -loss_of(a)) < std::pair(judged(b), -loss_of(b));
      });
  return fmt::format("{} {}, best {} in epoch {}", percent_text(judged(history_.back())),
                     validated_ ? "validation" : "training", percent_text(judged(*best)),
                     best->epoch);
}

std::vector<std::string> LiveTraining::lines(const Terminal& terminal,
                                             const EpochProgress* now) const {
  std::vector<double> losses, accuracies;
  for (const EpochMetrics& m : history_) {
    losses.push_back(m.train_loss);
    accuracies.push_back(judged(m).value_or(NAN));
  }
  const auto done = static_cast<double>(now ? now->epoch - 1 : history_.size());
  const double share = now ? now->share : 1.0, left = epochs_ - done - (now ? share : 0.0);
  const double all = epochs_ > 0 ? (done + (now ? share : 0.0)) / epochs_ : 1.0;
  const double seconds = now ? now->seconds_left : seconds_left_;

  const std::string name = fmt::format(
      "{} {}/{}", what_, now ? now->epoch : static_cast<std::uint32_t>(history_.size()), epochs_);
  const std::size_t names = std::max<std::size_t>(columns_of(name), 12),
                    taken = names + 2 + 2 + text_columns;
  const std::size_t width =
      std::clamp(terminal.width > taken ? terminal.width - taken : 0, narrowest, widest);
  std::vector<Row> rows = {
      {name, bar(share, width, terminal.utf8), "36",
       now                ? share_text(share, left > 0 ? seconds * (1 - share) / left : 0.0)
       : history_.empty() ? std::string()
                          : "took " + duration_text(history_.back().seconds)},
      {"all", bar(all, width, terminal.utf8), "36",
       left > 0 ? share_text(all, seconds) : "took " + duration_text(total_seconds(history_))},
      {"loss", sparkline(losses, width, terminal.utf8), "33", values_text(now)}};
  if (std::string text = accuracy_text(now); !text.empty())
    rows.push_back({"accuracy", sparkline(accuracies, width, terminal.utf8), "32", text});
  std::vector<std::string> all_lines = in_lines(rows, width, names, terminal);
  all_lines.push_back(
      now ? activity_text(now->activity.spikes_per_neuron, now->activity.silent, now->silent,
                          now->grazing) +
                fmt::format("  {} deliveries/s", short_number(now->deliveries_per_s))
          : last_);
  return all_lines;
}

}  // namespace retrograde
