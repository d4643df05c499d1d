import Foundation
import Testing

/// Values of options that begin with a dash.
@Suite struct DashValueTests {
  private func store() throws -> Workspace {
    let work = try Workspace()
    try work.write("d.csv", "id,v,label\na,1,-1\nb,2,1\nc,3,-1\n")
    try work.good("import", "s.sqlite", "d.csv", "--classes", "-1,1")
    return work
  }

  @Test func aWordBehindAnOptionIsItsValue() throws {
    let work = try store()
    for command in [["stats", "s.sqlite"], ["plan", "s.sqlite"], ["export", "s.sqlite", "-", "--to", "csv"]] {
      let apart = try work.ragged(command + ["--class", "-1"])
      let joined = try work.ragged(command + ["--class=-1"])
      #expect(apart.status == 0 && apart.output == joined.output, "\(command): \(apart.errors)")
    }
    #expect(try work.good("stats", "s.sqlite", "--class", "-1", "--json").output.contains("\"sequences\" : 2"))
    #expect(try work.good("stats", "s.sqlite", "--where", "-length < 0", "--json").output.contains("\"sequences\" : 3"))
  }

  @Test func everyOptionOfAnImport() throws {
    let work = try Workspace()
    try work.write(
      "n.csv", "-id;-t;-u;-w;-y;-s;-g;-m\n-a;1;-200;0.5;-1;-tr;-g;-x\n-a;2;7;0.5;-1;-tr;-g;-x\n-b;1;3;1;1;-te;-h;-x\n")
    let result = try work.good(
      "import", "s.sqlite", "n.csv", "-d", "-set", "--id", "-id", "--time", "-t", "--features", "-u", "--missing",
      "-200",
      "--weight", "-w", "--target", "-y", "--split-column", "-s", "--group-column", "-g", "--metadata", "-m",
      "--classes",
      "-1,1", "--delimiter", ";")
    #expect(
      result.output.contains("stored 2 sequences, 3 timesteps, 1 feature, 2 classes, 0 rejected"), "\(result.errors)")
    let json = try work.good("stats", "s.sqlite", "-d", "-set", "--split", "-tr", "--class", "-1", "--json").output
    #expect(json.contains("\"sequences\" : 1"))
    #expect(
      try work.good("rename", "s.sqlite", "-d", "-set", "--to", "-new").output == "dataset \"-set\" is \"-new\" now\n")
    #expect(try work.good("delete", "s.sqlite", "-d", "-new", "--split", "-te").status == 0)
    #expect(
      try work.good("import", "s.sqlite", "n.csv", "--split", "-name", "--id", "-id", "--delimiter", ";").status == 0)
    #expect(
      try work.good("stats", "s.sqlite", "-d", "data", "--split=-name", "--json").output.contains("\"sequences\" : 2"))
  }

  @Test func numbersAreHeldAgainstTheirLimits() throws {
    let work = try store()
    try work.bad(64, "--epochs is -1, expected at least 1", "train", "s.sqlite", "--epochs", "-1")
    try work.bad(64, "--epochs is -1, expected at least 1", "train", "s.sqlite", "-e", "-1")
  }

  @Test func whatIsAnOptionIsNoValue() throws {
    let work = try store()
    for arguments in [
      ["--class", "--json"], ["--class", "-q"], ["--class", "-qv"], ["--class", "--jsno"], ["--class"],
    ] {
      let result = try work.ragged(["stats", "s.sqlite"] + arguments)
      #expect(
        result.status == 64 && result.errors.contains("Missing value for '--class <class>'"),
        "\(arguments): \(result.errors)")
    }
    try work.bad(64, "Unknown option '--bogus'", "stats", "s.sqlite", "--bogus")
    try work.bad(64, "Unknown option '-1'", "stats", "s.sqlite", "-1")
    try work.bad(64, "Unknown option '--bogus'", "stats", "s.sqlite", "--class", "-1", "--bogus")
  }
}
