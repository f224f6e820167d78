#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("a file appears when it is committed and not before") {
  const ScratchFolder folder;
  const auto path = folder / "result.txt";
  {
    AtomicFile file(path);
    file.write("one ");
    file.write(std::string(200000, 'x'));
    CHECK_FALSE(std::filesystem::exists(path));
    file.write(" two");
    file.commit();
  }
  CHECK(get(path) == "one " + std::string(200000, 'x') + " two");
  CHECK(folder.names() == std::vector<std::string>{"result.txt"});
}

TEST_CASE("a file that is not committed leaves the earlier one and nothing else") {
  const ScratchFolder folder;
  put(folder / "result.txt", "earlier");
  {
    AtomicFile file(folder / "result.txt");
    file.write("half a fi");
  }
  CHECK(get(folder / "result.txt") == "earlier");
  CHECK(folder.names() == std::vector<std::string>{"result.txt"});
}

TEST_CASE("a file that is replaced keeps its permissions") {
  const ScratchFolder folder;
  const auto path = folder / "result.txt";
  put(path, "earlier");
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  write_file(path, "later");
  CHECK(get(path) == "later");
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0640));
}

TEST_CASE("a symbolic link stays one and its target is written") {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::create_symlink("elsewhere/target.txt", folder / "link.txt");
  write_file(folder / "link.txt", "first");
  write_file(folder / "link.txt", "second");
  CHECK(std::filesystem::is_symlink(folder / "link.txt"));
  CHECK(get(folder / "elsewhere/target.txt") == "second");
}

TEST_CASE("what is not a regular file is written in place") {
  write_file("/dev/null", "gone");
  struct stat status {};
  REQUIRE(::stat("/dev/null", &status) == 0);
  CHECK(S_ISCHR(status.st_mode));
}

TEST_CASE("a relative path without a folder is written to the current one") {
  const ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_file("plain.txt", "here");
  std::filesystem::current_path(before);
  CHECK(get(folder / "plain.txt") == "here");
}

TEST_CASE("a name as long as the file system allows can be written") {
  const ScratchFolder folder;
  const std::string name(255, 'n');
  write_file(folder / name, "here");
  CHECK(get(folder / name) == "here");
}

TEST_CASE("plain and gzip files give the same bytes") {
  const ScratchFolder folder;
  Bytes bytes;
  for (unsigned i = 0; i < 300000; ++i) bytes.push_back(static_cast<std::uint8_t>(i * i >> 5));
  put(folder / "plain", bytes);
  put(folder / "packed", gzip(bytes));
  CHECK(read_plain_or_gzip(folder / "plain") == bytes);
  CHECK(read_plain_or_gzip(folder / "packed") == bytes);
  CHECK(read_file(folder / "plain") == bytes);
  CHECK(is_gzip(read_file(folder / "packed")));
}

TEST_CASE("gzip members that follow each other are joined") {
  Bytes packed = gzip({1, 2, 3});
  const Bytes more = gzip({4, 5});
  packed.insert(packed.end(), more.begin(), more.end());
  CHECK(gunzip(packed, "joined.gz") == Bytes{1, 2, 3, 4, 5});
}

TEST_CASE("empty files can be read and packed") {
  const ScratchFolder folder;
  put(folder / "empty", "");
  CHECK(read_file(folder / "empty").empty());
  CHECK(read_text_file(folder / "empty").empty());
  CHECK(gunzip(gzip({}), "empty.gz").empty());
}

TEST_CASE("unpacking takes no memory beyond its limit") {
  Bytes bytes(1 << 20);
  std::uint32_t noise = 1;  // so that nothing is gained by packing
  for (std::uint8_t& byte : bytes)
    byte = static_cast<std::uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
  const Bytes unpacked = gunzip(gzip(bytes), "noise.gz", bytes.size());
  CHECK(unpacked == bytes);
  CHECK(unpacked.capacity() <= bytes.size() + 1);
}
