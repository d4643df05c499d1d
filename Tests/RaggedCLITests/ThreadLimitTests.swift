import Foundation
import Testing

/// A container that limits threads: with one to spare every command does its work, without it says so; none waits for ever.
@Suite struct ThreadLimitTests {
  /// Runs the command where its user may have so many threads; nil where the system cannot limit them so.
  ///
  /// The limit is the user's, and the administrator has none: there another user is taken.
  private func limited(_ threads: Int, _ work: Workspace, _ arguments: String) throws -> CommandResult? {
    let user = 61_234
    let limited =
      getuid() == 0
      ? "setpriv --reuid=\(user) --regid=\(user) --clear-groups --inh-caps=-all prlimit --nproc=\(threads) "
      : "prlimit --nproc=\(threads) "
    let probe = try work.shell(
      "chmod -R a+rwX . && command -v setpriv prlimit >/dev/null && " + limited + "test -x \"$RAGGED\"")
    guard probe.status == 0 else { return nil }
    return try work.shell("chmod -R a+rwX . && exec timeout -s KILL 120 " + limited + "\"$RAGGED\" " + arguments)
  }

  /// As root the limited user is one that has no other process; else others count, and all that is known is that each
  /// command ends.
  @Test func everyCommandEnds() throws {
    let (few, free) = (try Workspace(), try Workspace())
    for work in [few, free] { try work.write("readings.csv", Sample.readings()) }
    let commands = [
      "import s.sqlite readings.csv", "train s.sqlite -m 'lstm(4)' -e 2 --threads 4 --quiet -o m",
      "predict m.best.ragged s.sqlite -o p.csv", "evaluate m.best.ragged s.sqlite", "stats s.sqlite",
      "export s.sqlite out.npz",
    ]
    for command in commands {
      guard let none = try limited(1, few, command), let one = try limited(2, few, command) else { return }
      #expect(none.status == 74, "\(command): \(none.errors)")
      #expect(none.errors.contains("the system makes no second thread"), "\(none.errors)")
      if getuid() == 0 { #expect(one.status == 0, "\(command): \(one.errors)") } else if one.status != 0 { return }
      try free.shell("\"$RAGGED\" " + command)
    }
    #expect(try few.data("p.csv") == free.data("p.csv"))
    #expect(try few.data("out.npz") == free.data("out.npz"))
  }
}
