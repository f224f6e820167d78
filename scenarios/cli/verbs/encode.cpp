// retro encode FOLDER|FILE: recordings into spikes, or into mel frames.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/data/recordings/encode.hpp>
#include <retrograde/scenarios/data/recordings/recordings.hpp>
#include <retrograde/scenarios/data/recordings/spoken_digits.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/plot/event_picture.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

FrontEnd front_end_of(const po::variables_map& given) {
  FrontEnd front_end;
  const auto number = [&](const char* option, double& value) {
    if (given.count(option)) value = given[option].as<double>();
  };
  Cochlea& ear = front_end.cochlea;
  if (given.count("channels")) ear.channels = given["channels"].as<std::uint32_t>();
  number("lowest", ear.lowest);
  number("highest", ear.highest);
  number("sharpness", ear.sharpness);
  number("gain", ear.gain);
  number("adaptation", front_end.cell.adaptation);
  if (given.count("keep-silence")) front_end.loudness.silence = 0;
  if (ear.lowest >= ear.highest)
    throw UsageError(
        fmt::format("channels from {} Hz up to {} Hz: --lowest has to be below --highest",
                    ear.lowest, ear.highest));
  return front_end;
}

MelFrames mel_of(const po::variables_map& given) {
  MelFrames mel;
  if (given.count("bands")) mel.bands = given["bands"].as<std::uint32_t>();
  if (given.count("frames")) mel.frames = given["frames"].as<std::uint32_t>();
  return mel;
}

// Options that would have no effect are errors.
void check_together(const po::variables_map& given, bool one_file) {
  const auto refuse = [&](std::initializer_list<const char*> options, const std::string& why) {
    for (const char* option : options)
      if (given.count(option)) throw UsageError(fmt::format("--{}: {}", option, why));
  };
  if (given.count("mel"))
    refuse(
        {"channels", "lowest", "highest", "sharpness", "gain", "adaptation", "keep-silence", "svg"},
        "belongs to spikes, and --mel makes frames; leave one of them out");
  else
    refuse({"bands", "frames"}, "belongs to --mel; leave it out, or add --mel");
  if (one_file)
    refuse({"mel", "out"}, "takes a folder of recordings; of one file only its spikes are shown");
  else
    refuse({"svg"}, "draws one recording: name its file. `retro data plot` draws an encoded set");
}

// The picture of one recording.
std::string picture(const std::string& file, const FrontEnd& front_end, EventSample events) {
  EventSummary summary;
  summary.kind = "events";
  summary.what = "a recording through the auditory front end";
  summary.info.source = file;
  summary.info.units = front_end.cochlea.channels;
  summary.info.class_names = {std::filesystem::path(file).filename().string()};
  const auto count = static_cast<std::uint32_t>(events.times.size());
  summary.parts.push_back({std::nullopt, 1, {1}, {}, {count}});
  summary.samples = 1;
  summary.events = summary.fewest = summary.most = count;
  summary.median = count;
  if (count > 0) {
    summary.first = events.times.front();
    summary.last = events.times.back();
  }
  return event_picture(summary, {{0, 0, std::move(events)}},
                       {fmt::format("Channel 0 listens at {:.0f} Hz, the last one at {:.0f} Hz.",
                                    front_end.cochlea.highest, front_end.cochlea.lowest)});
}

int encode_file(const std::string& file, const po::variables_map& given) {
  const FrontEnd front_end = front_end_of(given);
  Outputs outputs(given);
  const auto svg = outputs.claim("svg");
  Sound sound = read_sound(file);
  const double seconds = sound.seconds(), rate = sound.rate;
  EventSample events = heard(front_end, std::move(sound));
  std::vector<std::uint32_t> counts(front_end.cochlea.channels);
  for (const std::uint32_t unit : events.units) ++counts[unit];
  const auto busiest = std::max_element(counts.begin(), counts.end());
  fmt::print("{}: {:.3f} s at {} samples per second\n", file, seconds, rate);
  if (events.times.empty())
    fmt::print("no spikes: the recording is silent, or nothing in it reaches a threshold\n");
  else
    fmt::print(
        "{} in {} channels, from {:.1f} to {:.1f} ms; channel {} ({:.0f} Hz) is the busiest "
        "with {}\n",
        plural(events.times.size(), "spike"), counts.size(), events.times.front(),
        events.times.back(), busiest - counts.begin(),
        channel_frequencies(front_end.cochlea)[static_cast<std::size_t>(busiest - counts.begin())],
        *busiest);
  if (svg) {
    write_file(*svg, picture(file, front_end, std::move(events)));
    fmt::print("wrote {}\n", *svg);
  }
  return 0;
}

int encode_set(const SoundSet& set, const po::variables_map& given) {
  const bool mel = given.count("mel") > 0;
  Outputs outputs(given);
  const std::string path =
      outputs.claim(given.count("out") ? given["out"].as<std::string>()
                                       : std::string(mel ? "frames.h5" : "events.h5"),
                    "out");
  Progress line;
  catch_interrupts();
  const WorkProgress progress = show_progress(line);
  const Encoded encoded = mel ? encode_frames(set, mel_of(given), path, progress)
                              : encode_events(set, front_end_of(given), path, progress);
  line.clear();
  fmt::print("{}: {}, {} of sound\n", set.what(), plural(encoded.samples, "recording"),
             duration_text(encoded.seconds));
  if (!mel)
    fmt::print("{}, {:.0f} of a recording, {:.0f} in a second\n", plural(encoded.events, "spike"),
               static_cast<double>(encoded.events) / static_cast<double>(encoded.samples),
               static_cast<double>(encoded.events) / encoded.seconds);
  for (const std::string& told : set.left_out()) note("warning: " + told);
  if (encoded.silent > 0)
    note(fmt::format("warning: {} without a spike, the first is {}",
                     plural(encoded.silent, "recording"), encoded.first_silent));
  fmt::print("wrote {}\n", path == "-" ? "standard output" : path);
  return 0;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const bool spoken = given.count("spoken-digits") > 0;
  if (spoken == !arguments.empty())
    throw UsageError(spoken ? "--spoken-digits are made, not read: leave the folder out"
                            : "name a folder of recordings or a recording, or say --spoken-digits");
  const bool one_file = !spoken && std::filesystem::is_regular_file(arguments[0]);
  check_together(given, one_file);
  if (one_file) return encode_file(arguments[0], given);
  return encode_set(spoken ? *spoken_digits() : *open_recordings(arguments[0]), given);
}

}  // namespace

Verb encode_verb() {
  return {
      .name = "encode",
      .arguments = "FOLDER|FILE",
      .summary = "turn recordings into spikes",
      .text =
          "Sends every recording (WAV, FLAC) of a folder through an auditory front end, membrane, "
          "hair cells and adapting neurons as they made the Heidelberg sets, and writes the spikes "
          "as a set of events with classes, speakers and parts. docs/audio.md describes the front "
          "end and the layouts of folders that are recognised. Scenarios do the same by "
          "themselves: "
          "kind = \"recordings\" in [data].\n\n"
          "Of one FILE the number of its spikes is shown, and with --svg they are drawn.",
      .examples =
          "retro encode ~/data/fsdd --channels 64 --out fsdd.h5\n"
          "retro encode seven.wav --svg seven.svg\n"
          "retro encode --spoken-digits --out digits.h5\n"
          "retro encode ~/data/hd_audio --mel --out frames.h5",
      .min_arguments = 0,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("overwrite", "replace files that are there already")(
                "out", po::value<std::string>()->value_name("FILE"),
                "the file to write (default: events.h5, or frames.h5)")(
                "spoken-digits", "synthetic digits, spoken by the program espeak-ng, instead")(
                "channels", whole_number<std::uint32_t>(1, most_cochlea_channels)->value_name("N"),
                "channels of the ear (default: 700)")(
                "lowest", real_number({20.0, 8000.0, true, false})->value_name("HZ"),
                "where the last channel listens (default: 50)")(
                "highest", real_number({20.0, 8000.0, true, true})->value_name("HZ"),
                "where channel 0 listens (default: 7118)")(
                "sharpness", real_number({0.1, 10.0, true, true})->value_name("X"),
                "of the filters; 1 is that of people (default: 1)")(
                "gain", real_number({0.0, 1e6, false, true})->value_name("X"),
                "how loud everything is (default: 1000)")(
                "adaptation", real_number({0.0, 1e6, true, true})->value_name("X"),
                "what a spike adds to a neuron's threshold (default: 0.1)")(
                "keep-silence", "do not cut the silence before and after a word off")(
                "svg", po::value<std::string>()->value_name("FILE"), "draw the spikes of one FILE")(
                "mel", "write mel frames, analogue currents, instead of spikes")(
                "bands", whole_number<std::uint32_t>(1, 1024)->value_name("N"),
                "with --mel: bands (default: 40)")(
                "frames", whole_number<std::uint32_t>(1, 65536)->value_name("N"),
                "with --mel: frames of 10 ms (default: 80)");
          },
      .run = run};
}

}  // namespace retrograde::cli
