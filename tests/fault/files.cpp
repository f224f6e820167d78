// Disks that are full, files that are damaged, folders that are missing.
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/raw_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/skip.hpp"
#include "tests/support/command.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// While it lives no file of this process can grow beyond `bytes`, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

// While it lives this process has no more rights than any user's. False where it could not give
// them up.
class NotTheSuperuser {
 public:
  NotTheSuperuser() : superuser_(::geteuid() == 0), done_(!superuser_ || ::seteuid(nobody) == 0) {}
  NotTheSuperuser(const NotTheSuperuser&) = delete;
  NotTheSuperuser& operator=(const NotTheSuperuser&) = delete;
  ~NotTheSuperuser() {
    if (superuser_ && done_ && ::seteuid(0) != 0) std::abort();
  }
  explicit operator bool() const { return done_; }

 private:
  static constexpr uid_t nobody = 65534;
  bool superuser_, done_;
};

FormatError gunzip_error(const Bytes& packed) {
  try {
    gunzip(packed, "file.gz");
  } catch (const FormatError& e) {
    CHECK(e.file == "file.gz");
    return e;
  }
  FAIL("no error");
  throw;
}

}  // namespace

TEST_CASE("a write that the disk has no room for keeps the earlier file and leaves no other") {
  const ScratchFolder folder;
  put(folder / "result.txt", "earlier");
  std::string message;
  {
    const FileSizeLimit limit(1000);
    try {
      write_file(folder / "result.txt", std::string(100000, 'x'));
    } catch (const IoError& e) {
      message = e.what();
      CHECK(e.file == (folder / "result.txt").string());
    }
  }
  CHECK_THAT(message, Contains("cannot write") && Contains("limit"));
  CHECK(get(folder / "result.txt") == "earlier");
  CHECK(folder.names() == std::vector<std::string>{"result.txt"});
}

TEST_CASE("a device without room is reported with the reason and the remedy") {
  if (!std::filesystem::exists("/dev/full")) return;
  CHECK_THROWS_WITH(write_file("/dev/full", "x"),
                    Contains("No space left on device") && Contains("free some space"));
}

TEST_CASE("writing into a missing folder says to create it") {
  const ScratchFolder folder;
  const auto path = folder / "missing" / "result.txt";
  CHECK_THROWS_AS(write_file(path, "x"), IoError);
  CHECK_THROWS_WITH(write_file(path, "x"),
                    Contains(path.string()) && Contains("No such file or directory") &&
                        Contains("there is no folder " + (folder / "missing").string()) &&
                        Contains("create it first"));
}

TEST_CASE("a file that is missing is no missing folder") {
  const ScratchFolder folder;
  CHECK_THROWS_WITH(
      read_file(folder / "nothere.toml"),
      Contains("the folder " + folder.path().string() + " has no file of this name") &&
          !Contains("create"));
  CHECK_THROWS_WITH(read_file("nothere.toml"),
                    Contains("the folder " + std::filesystem::current_path().string() +
                             " has no file of this name"));
  CHECK_THROWS_WITH(read_file(folder / "no" / "nothere.toml"), Contains("there is no folder"));
}

TEST_CASE("writing to a folder, or below a file, says so") {
  const ScratchFolder folder;
  CHECK_THROWS_WITH(write_file(folder.path(), "x"), Contains("name a file"));
  put(folder / "file", "x");
  CHECK_THROWS_AS(write_file(folder / "file" / "below", "x"), IoError);
}

TEST_CASE("a folder without the right to write is reported and left alone") {
  const ScratchFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  std::string message;
  {
    // The superuser may write anywhere, so it becomes somebody else.
    const NotTheSuperuser ordinary;
    if (!ordinary) RETROGRADE_SKIP("the superuser cannot become another user here");
    try {
      write_file(folder / "result.txt", "x");
    } catch (const IoError& e) {
      message = e.what();
    }
  }
  CHECK_THAT(message, Contains("cannot create") && Contains("permission"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
  CHECK(folder.names().empty());
}

TEST_CASE("reading what is missing or a folder says so") {
  const ScratchFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "missing"),
                    Contains("missing") && Contains("No such file or directory"));
  CHECK_THROWS_WITH(read_file(folder.path()), Contains("folder"));
}

TEST_CASE("reading stops at its limit, packed or not") {
  const ScratchFolder folder;
  put(folder / "plain", Bytes(1000, 1));
  put(folder / "packed", gzip(Bytes(1000000, 1)));
  CHECK(read_file(folder / "plain", 1000).size() == 1000);
  CHECK_THROWS_AS(read_file(folder / "plain", 999), LimitError);
  CHECK_THROWS_AS(read_plain_or_gzip(folder / "packed", 10000), LimitError);
}

TEST_CASE("a gzip file cut anywhere is refused") {
  Bytes bytes;
  for (int i = 0; i < 5000; ++i) bytes.push_back(static_cast<std::uint8_t>(i * i >> 3));
  const Bytes packed = gzip(bytes);
  for (std::size_t length = 2; length < packed.size(); ++length) {
    const FormatError e = gunzip_error(Bytes(packed.begin(), packed.begin() + length));
    CHECK(e.offset <= bytes.size());
    CHECK_THAT(e.what(), Contains("ends early"));
  }
  // Cut within the last eight bytes (checksum and length) everything has been unpacked.
  CHECK(gunzip_error(Bytes(packed.begin(), packed.end() - 1)).offset == bytes.size());
}

TEST_CASE("a gzip file with a changed byte or something behind its end is refused") {
  Bytes bytes;
  for (int i = 0; i < 5000; ++i) bytes.push_back(static_cast<std::uint8_t>(i * i >> 3));
  const Bytes packed = gzip(bytes);
  // Bytes 4 to 9 of the header hold the time and the system, which are free.
  for (std::size_t at = 10; at < packed.size(); ++at) {
    Bytes damaged = packed;
    damaged[at] ^= 0x10;
    gunzip_error(damaged);
  }
  Bytes longer = packed;
  longer.push_back('x');
  CHECK(gunzip_error(longer).offset == bytes.size());
}

// ---- inputs that never end ----------------------------------------------------------------------

TEST_CASE("a named pipe or a device is refused as input at once, wherever one is opened") {
  const ScratchFolder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto refused = [&](const auto& open) {
    CHECK_THROWS_AS(open(), IoError);
    CHECK_THROWS_WITH(open(), Contains(pipe.string()) && Contains("is a named pipe") &&
                                  Contains("may never end") && Contains("into a file"));
  };
  // Nobody writes into it: whoever waits for that is ended by this.
  ::alarm(60);
  refused([&] { read_file(pipe); });
  refused([&] { read_text_file(pipe); });
  refused([&] { read_beginning(pipe, 8); });
  refused([&] { const RawFile file(pipe); });
  refused([&] { const hdf5::Reader reader(pipe); });
  ::alarm(0);
  CHECK_THROWS_WITH(read_file("/dev/zero", 100), Contains("is a device"));
  CHECK_THROWS_WITH(read_file(folder.path()), Contains("this is a folder"));
}

TEST_CASE("what the shell hands over as standard input is read, pipe or not") {
  const ScratchFolder folder;
  std::filesystem::copy(RETROGRADE_SOURCE_DIR "/scenarios/library/r1.toml", folder / "x.toml");
  CHECK(retro("info /dev/stdin < x.toml", folder.path()).status == 0);
  CHECK(retro("info /dev/fd/3 3< x.toml", folder.path()).status == 0);
  const std::string piped = "cd '" + folder.path().string() +
                            "' && cat x.toml | '" RETROGRADE_CLI "' info /dev/stdin >out 2>err";
  CHECK(std::system(piped.c_str()) == 0);
  CHECK(get(folder / "out").size() > 100);
}

TEST_CASE("verbs refuse a named pipe and do not wait for it") {
  const ScratchFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const char* words : {"run", "info", "data info", "train", "check", "diff pipe"}) {
    CAPTURE(words);
    const CommandResult result = retro(std::string(words) + " pipe", folder.path());
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains("pipe") && Contains("is a named pipe"));
  }
}
