import RaggedReport
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.0, "0"), (0.062834, "0.06283"), (-1.5, "−1.5"), (1234, "1,234"), (-9991, "−9,991"), (12345.6, "12,346"),
    (1e15, "1e+15"), (1.2e-5, "1.2e−05"), (999.94, "999.9"), (1234.4, "1,234"), (-1500.7, "−1,501"),
    (9999.96, "10,000"),
  ]) func figuresHaveFourDigits(_ value: Double, _ text: String) {
    #expect(NumberText.figure(value) == text)
  }

  @Test func whatIsNoNumberSaysSo() {
    #expect(NumberText.figure(nil) == "–" && NumberText.whole(nil) == "–" && NumberText.percent(nil) == "–")
    #expect(NumberText.figure(.nan) == "NaN" && NumberText.fixed(-.infinity, 2) == "−∞")
    #expect(NumberText.percent(.nan) == "NaN" && NumberText.duration(.infinity) == "∞ s")
    #expect(NumberText.duration(-1) == "−1 s" && NumberText.duration(1e300) == "1e+300 s")
  }

  @Test(arguments: [
    (0.0, "0 s"), (0.00002, "20 µs"), (0.013, "13 ms"), (0.4, "0.4 s"), (125, "2 min 5 s"), (11_220, "3 h 7 min"),
  ]) func durations(_ seconds: Double, _ text: String) {
    #expect(NumberText.duration(seconds) == text)
  }

  @Test func fixedPlaces() {
    #expect(NumberText.fixed(-0.001, 2) == "0.00")
    #expect(NumberText.fixed(-0.01, 2) == "−0.01")
    #expect(NumberText.percent(0.4346) == "43.5 %")
    #expect(NumberText.count(1, "class", "classes") == "1 class")
    #expect(NumberText.count(1200, "class", "classes") == "1,200 classes")
  }

  @Test(arguments: [
    (0.5, 0.5, "0.5"), (20_000, 5_000, "20k"), (12_500, 500, "12.5k"), (3e6, 1e6, "3M"), (-2, 1, "−2"),
    (0.0002, 0.0001, "0.0002"), (2e-9, 1e-9, "2e−9"), (2e20, 1e20, "2e20"), (500, 100, "500"),
  ]) func ticksTellNeighboursApart(_ value: Double, _ step: Double, _ text: String) {
    #expect(NumberText.tick(value, step: step) == text)
  }
}
