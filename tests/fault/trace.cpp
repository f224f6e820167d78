// Broken traces and wrong uses of `retro diff`: each ends with status 2, the line, what is wrong
// and what to write instead.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string library = RETROGRADE_SOURCE_DIR "/scenarios/library/";
const std::string head = "step,population,neuron,spike,u,v\n";
const std::string good = head + "0,n,0,0,64,64\n1,n,0,1,60,0\n2,n,0,0,56,56\n";

CommandResult diff(const std::string& a, const std::string& b, const std::string& options = "") {
  const ScratchFolder folder;
  put(folder / "a.csv", a);
  put(folder / "b.csv", b);
  return retro("diff a.csv b.csv " + options, folder.path());
}

void refused(const std::string& text, const std::string& message, const std::string& remedy = "",
             const std::string& options = "") {
  const CommandResult result = diff(text, good, options);
  CAPTURE(text, result.out, result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains(message));
  CHECK_THAT(result.err, Contains(remedy));
}

}  // namespace

TEST_CASE("diff: equal traces end with 0, others with 1") {
  const CommandResult equal = diff(good, good);
  CHECK(equal.status == 0);
  CHECK_THAT(equal.out, Contains("no divergence"));
  const CommandResult other = diff(good, head + "0,n,0,0,64,64\n1,n,0,1,124,0\n2,n,0,0,56,56\n");
  CHECK(other.status == 1);
  CHECK_THAT(other.out, Contains("first divergence: n[0] in step 1: u") &&
                            Contains("u differs by 64 = 64 x 1"));
}

TEST_CASE("trace: an empty file, one of comments, and one without rows are refused") {
  refused("", "no line of columns", "docs/diff.md");
  refused("# step 1 ms\n\n", "no line of columns", "docs/diff.md");
  refused(head, "has no rows");
}

TEST_CASE("trace: wrong columns are refused") {
  refused("step,populaton,neuron,v\n0,n,0,1\n", "\"populaton\" is no column",
          "did you mean population?");
  refused("step,neuron,v\n0,0,1\n", "needed are step", "--columns");
  refused("0,1,0.0\n0,1,0.0\n", "\"0\" is no column", "lif[0].v");
  refused("step,population,neuron,v,v\n", "v is there twice");
  refused("step,time_ms,population,neuron,v\n", "not both");
  refused("lif[0].v,lif[0].v\n0,0\n", "lif[0].v is there twice");
  refused("lif[x].v\n0\n", "\"lif[x].v\" is no column", "lif[0].v");
  refused("lif[0].w\n0\n", "\"lif[0].w\" is no column");
  refused("lif[0].v,population\n0,n\n", "go with a column step");
}

TEST_CASE("trace: a wrong cell is refused with its line") {
  refused(head + "0,n,0,0,64,64\nx,n,0,0,1,1\n", "line 3: step is \"x\"", "whole number");
  refused(head + "-1,n,0,0,64,64\n", "line 2: step is \"-1\"", "from 0");
  refused(head + "20000000,n,0,0,64,64\n", "step is \"20000000\"", "to 9999999");
  refused(head + "0,n,1.5,0,64,64\n", "neuron is \"1.5\"", "whole number");
  refused(head + "0,n,0,0,64.25,64\n", "u is \"64.25\"", "whole number");
  refused(head + "0,n,0,0,64,nan\n", "v is \"nan\"", "whole number");
  refused(head + "0,n,0,0,64,99999999999\n", "v is \"99999999999\"", "2147483647");
  refused(head + "0,,0,0,64,64\n", "population is empty");
  refused("time_ms,population,neuron,spike\ninf,n,0,1\n", "time_ms is \"inf\"", "finite");
  refused("time_ms,population,neuron,spike\n1,n,0,2\n", "spike is \"2\"", "from 0 to 1");
}

TEST_CASE("trace: cut-off lines, cut-off files and duplicates are refused") {
  refused(head + "0,n,0,0,64,64\n1,n,0", "line 3: it has 3 cells and the lines above 6", "cut off");
  refused("# rows 3\n" + head + "0,n,0,0,64,64\n1,n,0,0,64,64\n",
          "says that it has 3 rows and has 2", "cut off");
  refused(head + "0,n,0,0,64,64\n1,n,0,0,6,6\n0,n,0,0,64,65\n", "n[0] has spike in step 0 twice",
          "remove one");
  refused("time_ms,population,neuron,spike\n1,n,0,1\n1,n,0,1\n", "n[0] spikes twice at 1 ms",
          "remove one");
}

TEST_CASE("trace: wrong comments that mean something are refused") {
  refused("# steps 2\n" + good, "step is \"2\"", "from 0 to 1");
  refused(good + "# steps 2\n", "\"# steps 2\" stands below the first row", "above");
  refused("# steps none\n" + good, "\"# steps none\"", "whole number");
  refused("# step 1\n" + good, "\"# step 1\"", "# step 1 ms");
  refused("# population n\n" + good, "\"# population n\"", "# population NAME SIZE");
  refused("# population n 0\n" + good, "\"# population n 0\"", "from 1");
  refused("# population n 1\n# population n 1\n" + good, "population n is declared twice");
  refused("# population n 1\n" + head + "0,n,1,0,64,64\n", "neuron is \"1\"", "1 neurons");
  refused("# population n 1 from 2 to 1\n" + good, "a whole number from 2");
  refused("# population n 1 from 0 to 9\n" + good, "to run to step 9", "# steps N");
}

TEST_CASE("diff: a row beyond the steps that a trace says it has is refused") {
  // Without a column for the step the number of the row is it.
  refused("# steps 3\nn[0].v\n1\n2\n3\n4\n", "line 6: the trace has more steps than the 3",
          "\"# steps\"");
  refused("# steps 3\n" + head + "3,n,0,1,64,64\n", "step is \"3\"", "0 to 2");
}

TEST_CASE("diff: a byte order mark before a trace is none of its columns") {
  CHECK(diff("\xef\xbb\xbf" + good, good).status == 0);
}

TEST_CASE("diff: sides without anything in common, or that do not exist, are refused") {
  refused(head + "0,other,0,0,64,64\n", "names of populations", "", "");
  refused(good, "--population m", "neither side has it", "--population m");
  refused(good, "--tolerance", "leave it out", "--tolerance '1 ms'");
  refused(good, "--trial", "--network RUN", "--trial 3");
  refused(good, "nowhere", "", "--network nowhere");
  const ScratchFolder folder;
  put(folder / "a.csv", good);
  const auto fails = [&](const std::string& arguments, const std::string& message) {
    const CommandResult result = retro("diff " + arguments, folder.path());
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains(message));
  };
  fails("a.csv", "one trace alone");
  fails("missing", "missing: cannot read");
  fails("a.csv " + library + "hello.toml:chop", "\"chop\" is no side of a run; write");
  fails(library + "hello.toml:chip", "one trace alone");
  fails("a.csv missing.csv", "missing.csv");
  fails("a.csv " + library + "hello.toml", "hello.toml:chip or");
  fails("a.csv missing:chip", "missing");
  fails("a.csv b.csv c.csv", "too many");
}

TEST_CASE("diff: steps beside times need the length of a step") {
  const std::string times = "time_ms,population,neuron,spike\n1.5,n,0,1\n";
  refused(times, "how long is a step", "# step 1 ms");
  const CommandResult result = diff("# step 1 ms\n" + good, times);
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
  const CommandResult apart = diff("# step 2 ms\n" + good, times, "--tolerance '0.5 ms'");
  CHECK(apart.status == 1);
  CHECK_THAT(apart.out, Contains("first spike without a partner within 0.5 ms: n[0] at 1.5 ms on "
                                 "side B; the nearest of side A is at 3 ms"));
  const CommandResult negative = diff("# step 1 ms\n" + good, times, "--tolerance=-1ms");
  CHECK(negative.status == 2);
  CHECK_THAT(negative.err, Contains("--tolerance -1ms: it is negative"));
}

TEST_CASE("run: traces of both sides, written, compared with the run itself, and pictured") {
  const ScratchFolder folder;
  const std::string hello = library + "hello.toml";
  REQUIRE(retro("run " + hello + " --trace exact.csv", folder.path()).status == 0);
  REQUIRE(retro("run " + hello + " --chip --trace chip.csv", folder.path()).status == 0);
  const CommandResult exact = retro("diff exact.csv " + hello + ":exact", folder.path());
  CAPTURE(exact.out, exact.err);
  CHECK(exact.status == 0);
  const CommandResult chip = retro("diff chip.csv " + hello + ":chip", folder.path());
  CAPTURE(chip.out, chip.err);
  CHECK(chip.status == 0);
  CHECK_THAT(chip.out, Contains("side A follows the rules of its network in every step"));

  // One value of the capture is wrong.
  std::string text = get(folder / "chip.csv");
  const std::size_t begin = text.find("\n9,hidden,1,") + 1, end = text.find('\n', begin);
  REQUIRE(begin > 1);
  const std::string line = text.substr(begin, end - begin);
  const std::size_t comma = line.rfind(',');
  text.replace(begin, line.size(),
               line.substr(0, comma + 1) + std::to_string(std::stoi(line.substr(comma + 1)) + 5));
  put(folder / "wrong.csv", text);
  const CommandResult wrong = retro("diff wrong.csv " + hello + ":chip", folder.path());
  CAPTURE(wrong.out, wrong.err);
  CHECK(wrong.status == 1);
  CHECK_THAT(wrong.out,
             Contains("side A follows the rules of its network up to hidden[1] in step 9") &&
                 Contains("side B follows the rules of its network in every step") &&
                 Contains("first divergence: hidden[1] in step 9: v") && Contains("(+5)"));

  // Exact against chip.
  const CommandResult both = retro("diff " + hello + " --svg d.svg --json d.json", folder.path());
  CAPTURE(both.out, both.err);
  CHECK(both.status == 1);
  CHECK_THAT(both.out, Contains("first spike without a partner") && Contains("cause: "));
  CHECK_THAT(get(folder / "d.svg"), Contains("</svg>"));
  const auto document = nlohmann::json::parse(get(folder / "d.json"));
  CHECK(document["schema"] == "retrograde.diff/1");
  CHECK(document["equal"] == false);
  CHECK(document["steps"].is_null());
  CHECK(document["times"]["first"]["approximations"].size() == 8);
}

TEST_CASE(
    "run: options of a trace without one, unknown populations, and a seed for a trained run "
    "are refused") {
  const ScratchFolder folder;
  const std::string hello = library + "hello.toml";
  const auto fails = [&](const std::string& arguments, const std::string& message) {
    const CommandResult result = retro(arguments, folder.path());
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains(message));
  };
  fails("run " + hello + " --population hidden", "add --trace FILE");
  fails("run " + hello + " --trace x.csv --population hiden", "did you mean hidden?");
  fails("run " + hello + " --trace nowhere/x.csv", "nowhere/x.csv");
  fails("run . --seed 3", "whose network is trained");
}

TEST_CASE("trace: what would be too large is refused before anything runs") {
  const ScratchFolder folder;
  put(folder / "x.toml",
      "[scenario]\nduration = \"1 s\"\n[[population]]\nname = \"n\"\nsize = 1000\n"
      "[chip]\nstep = \"0.1 ms\"\n");
  for (const std::string chip : {"", " --chip"}) {
    const CommandResult result = retro("run x.toml --trace t.csv" + chip, folder.path());
    CAPTURE(result.out, result.err);
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains("10000000 rows") && Contains("--population NAME"));
  }
}
