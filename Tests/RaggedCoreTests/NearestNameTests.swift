import RaggedCore
import Testing

/// Which name was meant.
@Suite struct NearestNameTests {
  @Test func anEditAwayIsNear() {
    let names = ["train", "validation", "test", "ax", "momentum"]
    for (typed, meant) in [
      ("tset", "test"), ("tests", "test"), ("tran", "train"), ("trian", "train"), ("Validaton", "validation"),
      ("axx", "ax"), ("momemtum", "momentum"), ("tesst", "test"), ("TEST", "test"),
    ] { #expect(names.nearest(to: typed) == meant, "\(typed)") }
    for typed in ["", "q", "zz", "unrelated", "st", "x"] { #expect(names.nearest(to: typed) == nil, "\(typed)") }
    #expect([String]().nearest(to: "test") == nil)
  }

  /// A swap of neighbours counts once wherever it is, two of them twice.
  @Test func swapsCountOnce() {
    let name = "abcdef"
    for place in 0..<5 {
      var letters = Array(name)
      letters.swapAt(place, place + 1)
      #expect([name, "abcxyzuvw"].nearest(to: String(letters)) == name)
    }
    #expect(["badcfe"].nearest(to: "abcdef") == nil)
    #expect(["badcef"].nearest(to: "abcdef") == "badcef")
  }
}
