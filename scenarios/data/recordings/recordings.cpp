#define XXH_INLINE_ALL
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <xxhash.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/recordings/recordings.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace {

namespace fs = std::filesystem;

// Changes whenever the same folder gives other labels, speakers or parts.
constexpr int layout_version = 1;

struct Recording {
  std::string name;  // below the folder
  std::string speaker;
  int label = 0;
  std::optional<Part> part;
};

class FolderOfSounds final : public SoundSet {
 public:
  FolderOfSounds(const fs::path& folder, std::string what, std::vector<std::string> class_names,
                 std::vector<Recording> recordings)
      : folder_(folder), what_(std::move(what)), recordings_(std::move(recordings)) {
    info_.source = folder.string();
    info_.class_names = std::move(class_names);
    std::set<std::string> names;
    for (const Recording& r : recordings_) names.insert(r.speaker);
    // Where some have a speaker, those without one are nobody's of them.
    if (names.size() > 1 && names.erase("") > 0) {
      names.insert("unknown");
      for (Recording& r : recordings_)
        if (r.speaker.empty()) r.speaker = "unknown";
    }
    names.erase("");
    info_.speakers.assign(names.begin(), names.end());
    for (const Recording& r : recordings_) {
      const auto at = std::lower_bound(info_.speakers.begin(), info_.speakers.end(), r.speaker);
      speakers_.push_back(
          r.speaker.empty() ? 0 : static_cast<std::uint32_t>(at - info_.speakers.begin()));
    }
  }
  const EventSetInfo& info() const override { return info_; }
  std::size_t size() const override { return recordings_.size(); }
  Sound sound(std::size_t index) const override {
    return read_sound(folder_ / recordings_[index].name);
  }
  std::string name(std::size_t index) const override { return recordings_[index].name; }
  int label(std::size_t index) const override { return recordings_[index].label; }
  std::uint32_t speaker(std::size_t index) const override { return speakers_[index]; }
  std::optional<Part> part(std::size_t index) const override { return recordings_[index].part; }
  std::string what() const override { return what_; }
  std::vector<std::string> left_out() const override { return left_out_; }
  // Looks for the recordings of the folder that are not in the set. Throws FormatError where those
  // are most: the folder is meant in another way, and what is left would be trained on in silence.
  void find_left_out();
  std::string identity() const override {
    std::string words = fmt::format("layouts {}: {}", layout_version, what_);
    for (std::size_t k = 0; k < recordings_.size(); ++k) {
      const Recording& r = recordings_[k];
      const std::vector<std::uint8_t> bytes = read_file((folder_ / r.name).string());
      words += fmt::format("\n{} {:016x} {} {} {}", r.name, XXH3_64bits(bytes.data(), bytes.size()),
                           r.label, speakers_[k], r.part ? static_cast<int>(*r.part) : -1);
    }
    return words;
  }

 private:
  fs::path folder_;
  std::string what_;
  EventSetInfo info_;
  std::vector<Recording> recordings_;
  std::vector<std::uint32_t> speakers_;
  std::vector<std::string> left_out_;
};

[[noreturn]] void cannot_list(const fs::path& folder, const std::error_code& error) {
  throw IoError(folder.string(),
                fmt::format("cannot list this folder: {}. Make it readable", error.message()));
}

// Sound in formats that are not read here.
bool is_foreign_sound(const fs::path& path) {
  static const std::set<std::string> endings = {".mp3", ".ogg",  ".opus", ".oga", ".m4a", ".aac",
                                                ".wma", ".aiff", ".aif",  ".sph", ".au",  ".webm"};
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return endings.contains(ending);
}

std::string without_ending(const std::string& name) {
  return fs::path(name).replace_extension().generic_string();
}

void FolderOfSounds::find_left_out() {
  // An original that lies beside what was made of it is not left out.
  std::set<std::string> used, heard;
  for (const Recording& r : recordings_) {
    used.insert(r.name);
    // Trained with as one and tested on as the other, it would be known already.
    if (!heard.insert(without_ending(r.name)).second)
      throw FormatError(info_.source, std::string(),
                        fmt::format("{} is there with two endings, and would be taken for two "
                                    "recordings; take one of them away",
                                    without_ending(r.name)));
  }
  std::vector<std::string> unfit, foreign;
  std::error_code error, ignored;
  for (fs::recursive_directory_iterator
           entry(folder_, fs::directory_options::skip_permission_denied, error),
       end;
       !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const char first = path.filename().string().front();
    // Background noise and what is hidden, by the rule that makes them no classes.
    if (entry->is_directory(ignored) && (first == '_' || first == '.'))
      entry.disable_recursion_pending();
    const bool known = is_sound_name(path);
    if (first == '.' || (!known && !is_foreign_sound(path)) || !entry->is_regular_file(ignored))
      continue;
    const std::string name = path.lexically_relative(folder_).generic_string();
    if (used.contains(name) || (!known && heard.contains(without_ending(name)))) continue;
    (known ? unfit : foreign).push_back(name);
  }
  if (error) cannot_list(folder_, error);
  const std::string layouts =
      "docs/audio.md says how files have to be called and may lie in a folder";
  const auto told = [&](std::vector<std::string>& names, const std::string& why,
                        const std::string& remedy) {
    if (names.empty()) return;
    std::sort(names.begin(), names.end());
    const std::string sentence = fmt::format(
        "{} left out, {}: {}",
        names.size() == 1 ? "1 recording is" : fmt::format("{} recordings are", names.size()), why,
        first_few(names));
    if (names.size() > recordings_.size())
      throw FormatError(info_.source, std::string(),
                        fmt::format("of {} ({}) most would be left out: {}. {}", what_,
                                    plural(recordings_.size(), "recording"), sentence, remedy));
    left_out_.push_back(sentence);
  };
  told(unfit, "whose place or name fits no layout, or which no list names",
       "Rename or move them, or name the folder that holds the recordings alone; " + layouts);
  told(foreign, "in a format that is not read", "Convert them to WAV or FLAC");
}

// Names of the recordings directly in a folder, sorted; none where there is no such folder.
std::vector<std::string> sounds_in(const fs::path& folder) {
  std::vector<std::string> names;
  if (!fs::is_directory(folder)) return names;
  std::error_code error, ignored;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (is_sound_name(entry->path()) && entry->is_regular_file(ignored))
      names.push_back(entry->path().filename().string());
  if (error) cannot_list(folder, error);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error, ignored;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory(ignored) && name.front() != '_' && name.front() != '.')
      names.push_back(name);
  }
  if (error) cannot_list(folder, error);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<unsigned> number_in(std::string_view text) {
  unsigned value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

// The lines of a list of names, with the number of each.
std::vector<std::pair<std::string, std::size_t>> lines_of(const fs::path& list) {
  std::vector<std::pair<std::string, std::size_t>> lines;
  std::istringstream in(read_text_file(list, 1u << 28));
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) lines.emplace_back(line, number);
  }
  return lines;
}

// ---- Free Spoken Digit Dataset -------------------------------------------------------------------

// DIGIT_SPEAKER_INDEX, without the ending.
std::optional<Recording> spoken_digit(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  const auto first = stem.find('_'), last = stem.rfind('_');
  if (first != 1 || last <= first + 1 || stem[0] < '0' || stem[0] > '9') return std::nullopt;
  const auto index = number_in(std::string_view(stem).substr(last + 1));
  if (!index) return std::nullopt;
  return Recording{name, stem.substr(2, last - 2), stem[0] - '0',
                   *index < 5 ? Part::test : Part::train};
}

std::shared_ptr<FolderOfSounds> free_spoken_digits(const fs::path& folder) {
  for (const fs::path& place : {folder, folder / "recordings"}) {
    std::vector<Recording> recordings;
    for (const std::string& name : sounds_in(place))
      if (auto found = spoken_digit(name)) recordings.push_back(std::move(*found));
    if (recordings.empty()) continue;
    std::vector<std::string> classes;
    classes.reserve(10);
    for (int digit = 0; digit < 10; ++digit) classes.push_back(fmt::format("{}", digit));
    return std::make_shared<FolderOfSounds>(place, "Free Spoken Digit Dataset", std::move(classes),
                                            std::move(recordings));
  }
  return nullptr;
}

// ---- Heidelberg digits ---------------------------------------------------------------------------

// lang-english_speaker-03_trial-0_digit-0.flac
std::optional<Recording> heidelberg_digit(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  std::array<std::string, 4> values;
  std::size_t at = 0;
  const std::array<std::string_view, 4> keys = {"lang-", "speaker-", "trial-", "digit-"};
  for (std::size_t k = 0; k < keys.size(); ++k) {
    if (stem.compare(at, keys[k].size(), keys[k]) != 0) return std::nullopt;
    at += keys[k].size();
    const std::size_t end = k + 1 < keys.size() ? stem.find('_', at) : stem.size();
    if (end == std::string::npos) return std::nullopt;
    values[k] = stem.substr(at, end - at);
    at = end + 1;
  }
  const auto speaker = number_in(values[1]), digit = number_in(values[3]);
  const bool german = values[0] == "german";
  if (!speaker || !digit || *digit > 9 || !number_in(values[2]) ||
      (!german && values[0] != "english"))
    return std::nullopt;
  return Recording{name, fmt::format("{:02}", *speaker),
                   static_cast<int>(*digit) + (german ? 10 : 0), std::nullopt};
}

void take_listed(const fs::path& place, const fs::path& list, Part part,
                 std::vector<Recording>& recordings, std::set<std::string>& names) {
  for (const auto& [name, line] : lines_of(list)) {
    auto found = heidelberg_digit(name);
    if (!found || fs::path(name).has_parent_path())
      throw FormatError(list.string(), fmt::format("line {}", line),
                        fmt::format("\"{}\" is no name of the Heidelberg digits, which are like "
                                    "lang-english_speaker-00_trial-0_digit-0.flac",
                                    name));
    if (!fs::is_regular_file(place / name))
      throw IoError((place / name).string(),
                    fmt::format("is missing, and {} names it in line {}: unpack the archive again",
                                list.string(), line));
    if (!names.insert(name).second)
      throw FormatError(
          list.string(), fmt::format("line {}", line),
          fmt::format("{} is named twice, here or in the other list; a recording is in "
                      "one part, once",
                      name));
    found->part = part;
    recordings.push_back(std::move(*found));
  }
}

std::shared_ptr<FolderOfSounds> heidelberg_digits(const fs::path& folder) {
  static const std::array<const char*, 20> words = {
      "zero", "one",  "two",  "three", "four", "five", "six",   "seven",  "eight", "nine",
      "null", "eins", "zwei", "drei",  "vier", "fünf", "sechs", "sieben", "acht",  "neun"};
  for (const fs::path& place : {folder, folder / "audio"}) {
    std::vector<Recording> recordings;
    for (const std::string& name : sounds_in(place))
      if (auto found = heidelberg_digit(name)) recordings.push_back(std::move(*found));
    if (recordings.empty()) continue;
    for (const fs::path& above : {folder, folder.parent_path()}) {
      const fs::path train = above / "train_filenames.txt", test = above / "test_filenames.txt";
      if (!fs::exists(train) && !fs::exists(test)) continue;
      for (const fs::path& list : {train, test})
        if (!fs::exists(list))
          throw IoError(list.string(),
                        "is missing, and the other list is there: unpack the archive "
                        "again, or take the other list away");
      recordings.clear();
      std::set<std::string> names;
      take_listed(place, train, Part::train, recordings, names);
      take_listed(place, test, Part::test, recordings, names);
      break;
    }
    return std::make_shared<FolderOfSounds>(place, "Heidelberg digits (recordings)",
                                            std::vector<std::string>(words.begin(), words.end()),
                                            std::move(recordings));
  }
  return nullptr;
}

// ---- folders as classes --------------------------------------------------------------------------

void mark_listed(const fs::path& list, Part part, std::vector<Recording>& recordings) {
  if (!fs::exists(list)) return;
  std::map<std::string, Recording*> by_name;
  for (Recording& r : recordings) by_name[r.name] = &r;
  for (const auto& [name, line] : lines_of(list)) {
    const auto found = by_name.find(name);
    if (found == by_name.end())
      throw IoError(list.string(),
                    fmt::format("line {} names {}, which is not in the folder: unpack the archive "
                                "again, or take the line out",
                                line, name));
    found->second->part = part;
  }
}

std::shared_ptr<FolderOfSounds> class_folders(const fs::path& folder) {
  std::vector<std::string> classes;
  std::vector<Recording> recordings;
  for (const std::string& name : folders_in(folder)) {
    const std::vector<std::string> sounds = sounds_in(folder / name);
    if (sounds.empty()) continue;
    for (const std::string& sound : sounds) {
      const auto mark = sound.find("_nohash_");
      recordings.push_back({fmt::format("{}/{}", name, sound),
                            mark == std::string::npos ? "" : sound.substr(0, mark),
                            static_cast<int>(classes.size()), std::nullopt});
    }
    classes.push_back(name);
  }
  if (recordings.empty()) return nullptr;
  const fs::path test = folder / "testing_list.txt", validation = folder / "validation_list.txt";
  const bool listed = fs::exists(test);
  if (!listed && fs::exists(validation))
    throw IoError(test.string(),
                  "is missing, and validation_list.txt is there: unpack the archive "
                  "again, or take that list away");
  if (listed)
    for (Recording& r : recordings) r.part = Part::train;
  if (listed) mark_listed(validation, Part::validation, recordings);
  mark_listed(test, Part::test, recordings);
  return std::make_shared<FolderOfSounds>(
      folder, listed ? "Speech Commands, or a folder like it" : "recordings in a folder per class",
      std::move(classes), std::move(recordings));
}

}  // namespace

std::shared_ptr<const SoundSet> open_recordings(const std::string& folder) {
  if (!fs::exists(folder))
    throw IoError(folder, "there is no such folder: name one with recordings");
  if (!fs::is_directory(folder))
    throw IoError(folder, "is no folder: name the one in which the recordings are");
  // Without a slash at its end, so that the folder above it is its parent.
  fs::path place = fs::absolute(folder).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  for (const auto layout : {free_spoken_digits, heidelberg_digits, class_folders})
    if (const auto found = layout(place)) {
      found->find_left_out();
      return found;
    }
  throw FormatError(
      folder, std::string(),
      fmt::format("no recordings were found in a layout that is known ({} WAV or FLAC files lie in "
                  "the folder itself). Known are DIGIT_SPEAKER_INDEX.wav (Free Spoken Digit "
                  "Dataset), lang-LANGUAGE_speaker-N_trial-N_digit-N.flac (Heidelberg digits), and "
                  "a folder per class with .wav or .flac files in it",
                  sounds_in(place).size()));
}

}  // namespace retrograde
