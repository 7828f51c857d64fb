#pragma once
// Certificates for a test's servers, made by openssl in a folder of the test.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace isthmus::support {

class Certificates {
 public:
  explicit Certificates(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  /// "NAME.pem" and "NAME.key": who signs.
  void make_authority(const std::string& name) const {
    run("req -x509 -newkey ed25519 -nodes -keyout " + name + ".key -out " + name + ".pem -days 2 -subj /CN=" + name);
  }
  /// The same for a server of that host name; `days` below zero: it has expired.
  void make_server(const std::string& name, const std::string& authority, const std::string& host, int days = 2) const {
    run("req -newkey ed25519 -nodes -keyout " + name + ".key -out " + name + ".csr -subj /CN=" + host +
        " -addext subjectAltName=DNS:" + host);
    run("x509 -req -in " + name + ".csr -CA " + authority + ".pem -CAkey " + authority + ".key -copy_extensions copy" +
        " -out " + name + ".pem -days " + std::to_string(days));
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  void run(const std::string& words) const {
    const std::string command = "cd " + folder_.string() + " && openssl " + words + " > openssl.log 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  std::filesystem::path folder_;
};

}  // namespace isthmus::support
