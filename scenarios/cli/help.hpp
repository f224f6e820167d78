// What `retro --help` and `retro VERB --help` say, in lines that a terminal holds.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/cli/command.hpp>

namespace retrograde::cli {

inline constexpr std::size_t help_width = 96;

// The options of a verb and those of all verbs.
boost::program_options::options_description options_of(const Verb& verb);

std::string help_text(const Verb& verb);
std::string overview_text(const std::vector<Verb>& verbs);

// Paragraphs broken into lines of `width` characters at most, at blanks. Lines that begin with a
// blank stay as they are; an empty line ends a paragraph.
std::string wrapped(std::string_view text, std::size_t width = help_width);

// Text as it may go to a terminal: what is no UTF-8 and control characters other than the end of a
// line as \x07, the middle of a very long one left out.
std::string printable(std::string_view text);

}  // namespace retrograde::cli
