#include <array>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <sys/wait.h>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/recordings/spoken_digits.hpp>

namespace retrograde {

namespace {

// Variants of espeak-ng's voices, from the least to the most held out: the last two are the test part's.
struct Voice {
  const char* variant;
  unsigned pitch;  // around which it varies, 0 to 99
};
constexpr std::array voices = {Voice{"m1", 45}, Voice{"m2", 35}, Voice{"m3", 40}, Voice{"m4", 50},
                               Voice{"m5", 30}, Voice{"m6", 55}, Voice{"f1", 55}, Voice{"f2", 65},
                               Voice{"f3", 60}, Voice{"f4", 70}, Voice{"m7", 42}, Voice{"f5", 62}};
constexpr std::size_t test_voices = 2, train_voices = voices.size() - test_voices;

constexpr std::array<const char*, 20> words = {
    "zero", "one",  "two",  "three", "four", "five", "six",   "seven",  "eight", "nine",
    "null", "eins", "zwei", "drei",  "vier", "fünf", "sechs", "sieben", "acht",  "neun"};

constexpr std::uint64_t digits_seed = 0;

// What a command writes, and how it ends. Arguments are ours and need no quoting but ''.
struct Output {
  std::vector<std::uint8_t> bytes;
  bool ok = false, interrupted = false;  // a terminal's Ctrl-C reaches the program, too
};
Output output_of(const std::string& command) {
  Output output;
  std::FILE* const pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return output;
  std::array<std::uint8_t, 65536> block{};
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), pipe))
    output.bytes.insert(output.bytes.end(), block.begin(),
                        block.begin() + static_cast<std::ptrdiff_t>(got));
  const int status = pclose(pipe);
  output.interrupted = status != -1 && (WIFSIGNALED(status) ? WTERMSIG(status) == SIGINT
                                                            : WEXITSTATUS(status) == 128 + SIGINT);
  output.ok = status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return output;
}

std::string quoted(const std::string& text) {
  std::string all = "'";
  for (const char c : text)
    if (c == '\'')
      all += "'\\''";
    else
      all += c;
  return all + '\'';
}

class SpokenSet final : public SoundSet {
 public:
  SpokenSet(SpokenDigits set, std::string version)
      : set_(std::move(set)), version_(std::move(version)) {
    info_.source = "synthetic spoken digits (" + version_ + ")";
    info_.class_names.assign(words.begin(), words.end());
    for (const Voice& voice : voices) info_.speakers.emplace_back(voice.variant);
  }
  const EventSetInfo& info() const override { return info_; }
  std::size_t size() const override { return set_.train + set_.test; }
  int label(std::size_t index) const override { return utterance(set_, index).label; }
  std::uint32_t speaker(std::size_t index) const override { return utterance(set_, index).speaker; }
  std::optional<Part> part(std::size_t index) const override {
    return index < set_.train ? Part::train : Part::test;
  }
  std::string what() const override { return "synthetic spoken digits"; }
  std::string name(std::size_t index) const override { return command(index); }
  std::string identity() const override {
    return fmt::format("synthetic spoken digits 1: {} + {}, {}", set_.train, set_.test, version_);
  }
  Sound sound(std::size_t index) const override {
    const Output said = output_of(command(index) + " 2>/dev/null");
    if (said.interrupted) throw Interrupted("stopped; nothing was written");
    if (!said.ok || said.bytes.empty())
      throw IoError(set_.program,
                    fmt::format("\"{}\" failed; try it in a terminal. Voices come with "
                                "the Debian package espeak-ng-data",
                                command(index)));
    return parse_sound(said.bytes, fmt::format("what \"{}\" says", command(index)));
  }

 private:
  std::string command(std::size_t index) const {
    const Utterance u = utterance(set_, index);
    return fmt::format("{} -v {}+{} -s {} -p {} -a {} --stdout {}", quoted(set_.program),
                       u.label < 10 ? "en" : "de", voices[u.speaker].variant, u.words_per_minute,
                       u.pitch, u.amplitude, words[static_cast<std::size_t>(u.label)]);
  }

  SpokenDigits set_;
  std::string version_;
  EventSetInfo info_;
};

}  // namespace

Utterance utterance(const SpokenDigits& set, std::size_t index) {
  const bool test = index >= set.train;
  // Voices and classes take turns, so that each has as many samples as the next, or one more.
  const std::size_t turn = test ? index - set.train : index;
  const std::size_t count = test ? test_voices : train_voices;
  Utterance u;
  u.speaker = static_cast<std::uint32_t>(turn % count + (test ? train_voices : 0));
  u.label = static_cast<int>(turn / count % words.size());
  Random random(digits_seed, test ? "spoken_digits/test" : "spoken_digits/train", turn);
  const auto uniform = [&](unsigned low, unsigned high) {
    return low + static_cast<unsigned>(random.index(high - low + 1));
  };
  u.words_per_minute = uniform(120, 220);
  u.pitch = voices[u.speaker].pitch - 20 + uniform(0, 40);
  u.amplitude = uniform(60, 140);
  return u;
}

std::shared_ptr<const SoundSet> spoken_digits(const SpokenDigits& set) {
  const Output version = output_of(quoted(set.program) + " --version 2>/dev/null");
  if (!version.ok || version.bytes.empty())
    throw IoError(set.program,
                  "the program that speaks the synthetic digits could not be started. Install the "
                  "Debian package espeak-ng (apt-get install espeak-ng), or train on recordings: "
                  "kind = \"recordings\"");
  std::string text(version.bytes.begin(), version.bytes.end());
  // "eSpeak NG text-to-speech: 1.51  Data at: /usr/lib/..."
  if (const auto end = text.find("  Data at"); end != std::string::npos) text.resize(end);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return std::make_shared<SpokenSet>(set, text);
}

}  // namespace retrograde
