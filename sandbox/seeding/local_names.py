"""Names that are common in Ecuador, of the highlands and of the coast. People are made up of them at random."""

SURNAMES = (
    # The highlands.
    "Quishpe", "Guamán", "Chicaiza", "Quinatoa", "Toapanta", "Caiza", "Morocho", "Pilataxi", "Tipán", "Suquillo",
    "Anrango", "Llumiquinga", "Sangucho", "Yánez", "Chango", "Chimbo", "Guanoluisa", "Iza", "Lema", "Maldonado",
    "Tituaña", "Simbaña", "Pillajo", "Guachamín", "Collaguazo", "Quilumba", "Cachimuel", "Farinango", "Imbaquingo",
    "Cevallos", "Paucar", "Sisa", "Aucancela", "Yumisaca", "Guaranga", "Pilco", "Llanga", "Guambo", "Tenelema",
    "Chuquimarca", "Sinchiguano", "Vega", "Tapia", "Villacís", "Naranjo", "Freire", "Acurio", "Jácome", "Albán",
    "Proaño", "Endara", "Játiva", "Almeida", "Andrango", "Males", "Otavalo", "Perugachi", "Muenala", "Conejo",
    "Ortega", "Jaramillo", "Ochoa", "Cabrera", "Sarango", "Quizhpe", "Ordóñez", "Tacuri", "Zhunio", "Guallpa",
    "Pulla", "Arévalo", "Cárdenas", "Peralta", "Sinchi", "Criollo", "Tenesaca", "Lojano", "Bermeo", "Pintado",
    "Shiguango", "Grefa", "Tanguila", "Andi", "Cerda", "Vargas",
    # The coast.
    "Cedeño", "Zambrano", "Intriago", "Macías", "Bravo", "Vélez", "Mendoza", "Moreira", "Alcívar", "Delgado",
    "Loor", "Vera", "Chávez", "Menéndez", "Palma", "Briones", "Ponce", "Mero", "Anchundia", "Reyes", "Pinargote",
    "Quijije", "Chóez", "Baque", "Pincay", "Tomalá", "Suárez", "Borbor", "Malavé", "Yagual", "Quimí", "Rodríguez",
    "Villón", "Tigrero", "Lindao", "Holguín", "Barzola", "Arreaga", "Quinde", "Carpio", "Espinoza", "Valarezo",
    "Apolo", "Aguilar", "Lapo", "Quiñónez", "Caicedo", "Angulo", "Estupiñán", "Preciado", "Ortiz", "Bone",
)  # fmt: skip
WOMEN = (
    "Rosa", "María", "Carmen", "Luz", "Blanca", "Gladys", "Nelly", "Martha", "Zoila", "Fanny", "Mercedes", "Piedad",
    "Digna", "Beatriz", "Elena", "Esperanza", "Verónica", "Alexandra", "Gabriela", "Daniela", "Karla", "Mayra",
    "Jessica", "Tatiana", "Lourdes", "Mónica", "Paola", "Ximena", "Jenny", "Silvia", "Narcisa", "Azucena", "Delia",
    "Margarita", "Cecilia", "Patricia", "Elizabeth", "Viviana", "Angélica", "Johanna", "Katherine", "Nathaly",
    "Dayana", "Samantha", "Emilia", "Valentina", "Camila", "Nicole", "Doménica", "Sofía", "Lucía", "Isabel",
)  # fmt: skip
MEN = (
    "Segundo", "José", "Luis", "Manuel", "Ángel", "Wilson", "Milton", "Byron", "Edison", "Fausto", "Hernán", "Jorge",
    "Marco", "Vinicio", "Patricio", "Gonzalo", "Efraín", "Aníbal", "Bolívar", "Rodrigo", "Washington", "Galo",
    "Holger", "Klever", "Darwin", "Freddy", "Jhonny", "Cristian", "Diego", "Santiago", "Andrés", "Felipe", "Stalin",
    "Xavier", "Iván", "Ramiro", "Fabián", "Rubén", "Germán", "Alfonso", "Mauricio", "Esteban", "Sebastián", "Mateo",
    "Alejandro", "Joel", "Kevin", "Bryan", "Anthony", "Ricardo", "Víctor", "Guillermo",
)  # fmt: skip
