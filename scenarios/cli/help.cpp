#include <algorithm>
#include <fmt/format.h>
#include <sstream>

#include <retrograde/scenarios/cli/help.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/version.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

constexpr std::size_t longest_message = 2000;  // bytes

po::options_description own_options(const Verb& verb) {
  po::options_description options("Options", help_width);
  if (verb.options) verb.options(options);
  return options;
}

po::options_description common_options() {
  po::options_description options("Common options", help_width);
  options.add_options()("help,h", "show this help")(
      "threads", whole_number<std::size_t>(1, 1024)->value_name("N"),
      "threads to use (default: all cores); never changes a result")(
      "quiet",
      "print nothing but errors: no progress, warnings and tables; files, \"-\" and what a verb is "
      "there to tell stay");
  return options;
}

std::string status_text(const Verb& verb) {
  return fmt::format(
      "Exit status: 0 done, {}2 wrong input or no place to write, 70 a bug of "
      "Retrograde, 130 interrupted.",
      verb.found_wanting ? fmt::format("1 {}, ", verb.found_wanting) : "");
}

// Bytes of the UTF-8 character that begins here; 0: none does.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const std::size_t size = byte(0) < 0x80         ? 1
                           : byte(0) >> 5 == 0x06 ? 2
                           : byte(0) >> 4 == 0x0e ? 3
                           : byte(0) >> 3 == 0x1e ? 4
                                                  : 0;
  if (size > text.size()) return 0;
  for (std::size_t k = 1; k < size; ++k)
    if (byte(k) >> 6 != 0x02) return 0;
  return size;
}

}  // namespace

po::options_description options_of(const Verb& verb) {
  po::options_description options;
  options.add(own_options(verb)).add(common_options());
  return options;
}

std::string help_text(const Verb& verb) {
  std::ostringstream text;
  text << fmt::format("usage: retro {} {}{}[options]\n\n", verb.name, verb.arguments,
                      *verb.arguments ? " " : "")
       << wrapped(verb.text) << "\n\nExamples:\n";
  std::istringstream examples(verb.examples);
  for (std::string line; std::getline(examples, line);) text << "  " << line << '\n';
  text << '\n';
  if (const po::options_description own = own_options(verb); !own.options().empty())
    text << own << '\n';
  text << common_options() << '\n' << wrapped(status_text(verb)) << '\n';
  return text.str();
}

std::string overview_text(const std::vector<Verb>& verbs) {
  std::string text =
      wrapped(fmt::format("Retrograde {}: exact event-driven simulation, gradients and Loihi 2 "
                          "emulation of spiking networks",
                          version::string)) +
      "\n\nusage: retro VERB [arguments] [options]\n\n";
  for (const Verb& verb : verbs) text += fmt::format("  {:<10} {}\n", verb.name, verb.summary);
  return text + "\n" +
         wrapped(
             "`retro VERB --help` explains a verb. Start with `retro demo`, with a scenario that "
             "`retro "
             "new` writes, or with one of scenarios/library.\n\n"
             "Exit status: 0 done, 1 checked and found wanting (check, gradcheck, diff, study, "
             "train --self-check and bench --only), 2 wrong input or no place to write, 70 a bug "
             "of Retrograde, 130 "
             "interrupted, with everything saved that `--resume` or the same command needs to go "
             "on.") +
         "\n";
}

std::string wrapped(std::string_view text, std::size_t width) {
  std::string result, line;
  const auto end_line = [&] {
    if (!line.empty()) result += line + '\n';
    line.clear();
  };
  std::istringstream lines{std::string(text)};
  for (std::string given; std::getline(lines, given);) {
    if (given.empty() || given.front() == ' ') {
      end_line();
      result += given + '\n';
      continue;
    }
    std::istringstream words(given);
    for (std::string word; words >> word;) {
      if (!line.empty() && width_of(line) + 1 + width_of(word) > width) end_line();
      line += (line.empty() ? "" : " ") + word;
    }
  }
  end_line();
  while (result.ends_with('\n')) result.pop_back();
  return result;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (size == 0 || (size == 1 && byte != '\n' && (byte < 0x20 || byte == 0x7f)))
      result += fmt::format("\\x{:02x}", byte);
    else
      result += text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  if (result.size() <= longest_message) return result;
  // Cut between characters.
  std::size_t head = longest_message * 3 / 4, tail = result.size() - longest_message / 4;
  const auto inside = [&](std::size_t k) {
    return (static_cast<unsigned char>(result[k]) >> 6) == 0x02;
  };
  while (head > 0 && inside(head)) --head;
  while (tail < result.size() && inside(tail)) ++tail;
  return result.substr(0, head) + " ... " + result.substr(tail);
}

}  // namespace retrograde::cli
